import type { Clock } from '../base/clock.ts'
import { type Readable, Store } from '../base/store.ts'
import { isWhole, partText } from '../result/result.ts'
import { type CellRun, isBusy } from './run-state.ts'

/** What is over sooner is told by its end alone. */
const busyAfterMs = 1_000
/** What ends together is told together: a later text takes the place of one that was not read out yet. */
const gatherMs = 300
const sentencesMax = 3

/** Says in words what becomes of cells, for those who do not see it. Failures are alerts already. */
export class RunAnnouncements {
  readonly text = new Store('')
  private readonly clock: Clock
  private sentences: string[] = []

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** The returned function ends it. */
  follow(run: Readable<CellRun>, nameOf: () => string): () => void {
    let before = run.get()
    let callOff = (): void => {}
    const end = run.subscribe(() => {
      const after = run.get()
      if (after.phase.is !== before.phase.is) callOff()
      const words = wordsFor(before, after)
      const say = (): void => this.say(`${nameOf()} ${words}.`)
      before = after
      if (words === null) return
      if (isBusy(after)) callOff = this.clock.after(busyAfterMs, say)
      else say()
    })
    return () => {
      end()
      callOff()
    }
  }

  private say(sentence: string): void {
    this.sentences.push(sentence)
    if (this.sentences.length === 1) this.clock.after(gatherMs, () => this.tell())
  }

  private tell(): void {
    const told = this.sentences.slice(0, sentencesMax)
    const more = this.sentences.length - told.length
    this.sentences = []
    const text = [...told, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ')
    // The same words once more are read out only when the text is another one.
    this.text.update(before => (before === text ? `${text}\u00a0` : text))
  }
}

/** What to say of a change; null when it needs no words. */
function wordsFor(before: CellRun, after: CellRun): string | null {
  const { phase, shown } = after
  if (phase.is === before.phase.is) return null
  switch (phase.is) {
    case 'queued':
      return 'is queued'
    case 'running':
      return 'is running'
    case 'cancelled':
      return 'is cancelled'
    case 'done': {
      const { result } = shown ?? {}
      if (!result || !isBusy(before) || before.shown?.result === result) return null
      if (!isWhole(result)) return `is done, ${partText(result)}`
      return `is done, ${result.rows.toLocaleString('en')} ${result.rows === 1 ? 'row' : 'rows'}`
    }
    default:
      return null
  }
}
