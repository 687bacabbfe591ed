import type { CellEngine } from '../../../backend/contract/notebook-format.ts'
import { viewOutcomeColumns } from '../../../backend/contract/query.ts'
import type { LiveClient, LiveEvent } from '../api-client/live-connection.ts'
import { isAbort, problemOf } from '../api-client/problem-error.ts'
import { newQueryId, type QueryClient, type QueryId } from '../api-client/query-client.ts'
import type { Clock } from '../base/clock.ts'
import { Store } from '../base/store.ts'
import type { Result } from '../result/result.ts'
import { liveRowsMax, readLiveResult } from './live-result.ts'
import { followToEnd, type QueryRunOptions, runQuery } from './query-run.ts'
import type { RunSlots } from './run-slots.ts'
import { type CellRun, idleRun, isBusy, type RunEvent, reduceRun } from './run-state.ts'

export interface RunnerParts {
  readonly queries: QueryClient
  readonly live: LiveClient
  readonly clock: Clock
  readonly slots: RunSlots
  /** A statement has made or dropped something that others can name. */
  catalogChanged(): void
}

interface Attempt {
  readonly id: QueryId
  readonly abort: AbortController
}

/** Runs one cell's statement, once or for as long as it is live. */
export class CellRunner {
  readonly run = new Store<CellRun>(idleRun)
  private readonly parts: RunnerParts
  private attempt: Attempt | null = null
  private endLive = (): void => {}

  constructor(parts: RunnerParts) {
    this.parts = parts
  }

  /** Runs a statement in place of what runs now; a live cell goes on with it. */
  async start(sql: string, engine: CellEngine = 'auto'): Promise<void> {
    if (this.run.get().live !== 'off') {
      this.goLive(sql)
      return
    }
    this.drop()
    const attempt = { id: newQueryId(), abort: new AbortController() }
    this.attempt = attempt
    this.apply({ type: 'queued', sql })
    let giveBack = (): void => {}
    try {
      giveBack = await this.parts.slots.take(attempt.abort.signal)
      await this.ask(attempt, sql, engine)
    } catch (error) {
      if (this.attempt === attempt) this.fail(error)
    } finally {
      giveBack()
    }
  }

  /** Stops what runs and says when the engine has confirmed it. */
  async cancel(): Promise<void> {
    const { attempt, parts } = this
    const { phase } = this.run.get()
    if (!attempt || !isBusy(this.run.get()) || phase.is === 'cancelling') return
    if (phase.is === 'queued') {
      this.drop()
      this.apply({ type: 'dropped' })
      return
    }
    this.apply({ type: 'cancelling', at: parts.clock.now() })
    try {
      await parts.queries.cancel(attempt.id)
      const isWaiting = this.run.get().phase.is === 'cancelling'
      if (this.attempt === attempt && isWaiting) {
        this.apply({ type: 'cancelled', at: parts.clock.now() })
      }
    } catch (error) {
      if (this.attempt === attempt && !this.isAnswered()) this.fail(error)
    } finally {
      if (this.attempt === attempt) this.drop()
    }
  }

  goLive(sql: string): void {
    this.drop()
    this.endLive()
    this.apply({ type: 'live-started', sql })
    const query = { sql, rowsMax: liveRowsMax }
    this.endLive = this.parts.live.subscribe(query, event => this.hear(sql, event))
  }

  stopLive(): void {
    if (this.run.get().live === 'off') return
    this.endLive()
    this.endLive = () => {}
    this.apply({ type: 'live-ended' })
  }

  /** Stops all work; the last result stays. */
  dispose(): void {
    this.stopLive()
    if (isBusy(this.run.get())) void this.cancel()
  }

  private async ask(attempt: Attempt, sql: string, engine: CellEngine): Promise<void> {
    const { clock } = this.parts
    const startedAt = clock.now()
    this.apply({ type: 'started', at: startedAt })
    const options = this.optionsFor(attempt)
    const result = await runQuery({ id: attempt.id, sql, engine }, options)
    if (this.attempt !== attempt || this.run.get().phase.is === 'cancelled') return
    const elapsedMs = clock.now() - startedAt
    const shown = {
      result,
      sql,
      engine: engine === 'spark' ? engine : 'server',
      reason: '',
      elapsedMs,
      age: null,
    }
    this.apply({ type: 'answered', shown })
    if (tellsOfViews(result)) this.parts.catalogChanged()
    await followToEnd(attempt.id, options).catch(() => {})
  }

  private optionsFor(attempt: Attempt): QueryRunOptions {
    const { queries, clock } = this.parts
    return {
      queries,
      clock,
      signal: attempt.abort.signal,
      onState: state => {
        if (this.attempt !== attempt) return
        if (this.isAnswered()) this.apply({ type: 'told', state, at: clock.now() })
        else this.apply({ type: 'progressed', progress: state.progress })
      },
    }
  }

  private isAnswered(): boolean {
    return this.run.get().phase.is === 'done'
  }

  private fail(error: unknown): void {
    const { phase } = this.run.get()
    // The statement ends with an error because it was cancelled: the answer to the cancel says so.
    if (phase.is === 'cancelling' || phase.is === 'cancelled') {
      const problem = problemOf(error)
      if (isAbort(error) || problem.code === 'query-cancelled') return
      this.apply({ type: 'failed', problem })
      return
    }
    if (isAbort(error)) this.apply({ type: 'dropped' })
    else this.apply({ type: 'failed', problem: problemOf(error) })
  }

  private drop(): void {
    const { attempt } = this
    this.attempt = null
    attempt?.abort.abort()
  }

  private hear(sql: string, event: LiveEvent): void {
    switch (event.type) {
      case 'result':
        this.apply({ type: 'live-answered', shown: readLiveResult(sql, event) })
        break
      case 'current':
        this.apply({
          type: 'live-confirmed',
          age: { ageMs: event.ageMs, receivedAt: event.receivedAt },
        })
        break
      case 'failed':
        this.apply({ type: 'live-failed', problem: event.problem })
        break
      case 'lost':
        this.apply({ type: 'live-lost' })
    }
  }

  private apply(event: RunEvent): void {
    this.run.update(run => reduceRun(run, event))
  }
}

function tellsOfViews({ columns }: Result): boolean {
  return columns.map(({ name }) => name).join() === viewOutcomeColumns.join()
}
