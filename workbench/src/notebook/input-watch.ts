import type { Clock } from '../base/clock.ts'
import type { Readable } from '../base/store.ts'
import type { CellRun } from '../cell/run-state.ts'
import type { Result } from '../result/result.ts'

export interface WatchedInput {
  readonly run: Readable<CellRun>
  /** The result that was read. */
  readonly result: Result
}

/** What came of running a cell again: `busy` while it runs for another reason, `later` while nobody looks. */
export type Refreshed = 'done' | 'busy' | 'later'

/** A cell that reads what moves is run again so often at most. */
const restMs = 250

/** Runs a cell again each time that what it has read is another result by now. */
export class InputWatch {
  private readonly clock: Clock
  private readonly refresh: () => Promise<Refreshed>
  private inputs: readonly WatchedInput[] = []
  private endWatch = (): void => {}
  private callOff: (() => void) | null = null
  private isRefreshing = false

  constructor(clock: Clock, refresh: () => Promise<Refreshed>) {
    this.clock = clock
    this.refresh = refresh
  }

  /** Watches these inputs in place of those before. */
  watch(inputs: readonly WatchedInput[]): void {
    this.inputs = inputs
    this.resume()
  }

  end(): void {
    this.pause()
    this.inputs = []
  }

  /** Looks away until `resume`. */
  pause(): void {
    this.endWatch()
    this.callOff?.()
    this.callOff = null
  }

  resume(): void {
    this.endWatch()
    const ends = this.inputs.map(({ run }) => run.subscribe(() => this.check()))
    this.endWatch = () => {
      for (const end of ends) end()
    }
    this.check()
  }

  check(): void {
    if (this.inputs.some(hasChanged)) this.refreshSoon()
  }

  private refreshSoon(): void {
    if (this.callOff || this.isRefreshing) return
    this.callOff = this.clock.after(restMs, () => {
      this.callOff = null
      void this.refreshNow()
    })
  }

  private async refreshNow(): Promise<void> {
    this.isRefreshing = true
    const before = this.inputs
    const seen = before.map(({ run, result }) => {
      return { run, result: run.get().shown?.result ?? result }
    })
    const refreshed = await this.refresh()
    this.isRefreshing = false
    // Whatever came of it, these have been seen.
    if (refreshed === 'done' && this.inputs === before) this.inputs = seen
    if (refreshed !== 'later') this.check()
  }
}

function hasChanged({ run, result }: WatchedInput): boolean {
  const { phase, shown } = run.get()
  return phase.is === 'done' && shown !== null && shown.result.source !== result.source
}
