import type { Clock } from '../base/clock.ts'
import { Failure, isFailure, messageOf } from '../base/failure.ts'
import type { ProblemCode } from '../base/problems.ts'
import type { StreamState } from '../contract/query.ts'
import { collectAnswer, type LiveAnswer, liveBatchRowsMax } from './live-answer.ts'
import type { QueryEngine, Statement } from './query-engine.ts'

export type LiveOutcome =
  | { readonly kind: 'changed'; readonly answer: LiveAnswer }
  /** The same answer as before, of newer data. */
  | { readonly kind: 'confirmed'; readonly asOf: number }
  | { readonly kind: 'failed'; readonly failure: Failure }

export interface LiveQueryParts {
  readonly engine: QueryEngine
  readonly clock: Clock
  readonly statement: Statement
  readonly rowsMax: number
  readonly timeoutMs: number
  /** Stream → all that was appended before this moment is in sight of statements. */
  asOf(stream: string): number
  onOutcome(outcome: LiveOutcome): void
}

/** A statement runs again after this time at the earliest, and after this multiple of the time it takes. */
const gapMsMin = 80
const gapFactor = 3
/** How often a statement that depends on the clock runs although nothing came. */
const clockEveryMs = 5_000
const confirmEveryMs = 1_000
/** What is wrong with the statement itself: no event changes that. */
const mistakes: readonly ProblemCode[] = [
  'sql-syntax',
  'sql-unknown-name',
  'sql-invalid',
  'sql-parameter',
  'sql-not-allowed',
]

/** One statement that runs again whenever what it reads has changed, however many are looking at it. */
export class LiveQuery {
  readonly #parts: LiveQueryParts
  readonly #abort = new AbortController()
  #streams: ReadonlySet<string> | undefined
  #isVolatile = false
  #isDue = true
  #answer: LiveAnswer | undefined
  #confirmedAt = 0
  #ranAt = 0
  #wake = (): void => {}

  constructor(parts: LiveQueryParts) {
    this.#parts = parts
    void this.#loop()
  }

  get answer(): LiveAnswer | undefined {
    return this.#answer
  }

  /** Statements see more of a stream now. */
  streamChanged(stream: string): void {
    if (this.#streams !== undefined && !this.#streams.has(stream)) return
    this.#isDue = true
    this.#wake()
  }

  /** What the statement names may be there now, or be another thing. */
  namesChanged(): void {
    this.#isDue = true
    this.#wake()
  }

  /** Looks at the clock: to be called about once a second. */
  tick(): void {
    const now = this.#parts.clock.elapsed()
    if (this.#isVolatile && now - this.#ranAt >= clockEveryMs) this.#isDue = true
    this.#wake()
    if (!this.#isDue && this.#answer && now - this.#confirmedAt >= confirmEveryMs) this.#confirm()
  }

  close(): void {
    this.#abort.abort()
    this.#wake()
  }

  async #loop(): Promise<void> {
    const { clock, onOutcome } = this.#parts
    const { signal } = this.#abort
    while (!signal.aborted) {
      if (!this.#isDue) {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
        continue
      }
      this.#isDue = false
      this.#ranAt = clock.elapsed()
      const outcome = await this.#run()
      if (signal.aborted) return
      this.#confirmedAt = clock.elapsed()
      onOutcome(outcome)
      const tookMs = clock.elapsed() - this.#ranAt
      await clock.sleep(Math.max(gapMsMin, gapFactor * tookMs) - tookMs, signal)
    }
  }

  async #run(): Promise<LiveOutcome> {
    const { engine, statement, rowsMax, timeoutMs, clock } = this.#parts
    const startedAt = clock.now()
    try {
      const { signal } = this.#abort
      const options = { signal, rowsMax, batchRowsMax: liveBatchRowsMax, timeoutMs, isLive: true }
      const result = await engine.run(statement, options)
      this.#streams = new Set(result.streams.map(({ stream }) => stream))
      this.#isVolatile = result.isVolatile
      const { held, messages } = await collectAnswer(result.messages)
      const rows = await result.rowCount
      const asOf = startedAt - ageOf(result.streams)
      const before = this.#answer
      const isSame = held.fingerprint === before?.held.fingerprint && rows === before.rows
      const { streams, isKept = false } = result
      const answer = { held, messages, rows, streams, isKept, asOf }
      this.#answer = { ...answer, elapsedMs: clock.now() - startedAt }
      return isSame ? { kind: 'confirmed', asOf } : { kind: 'changed', answer: this.#answer }
    } catch (error) {
      return { kind: 'failed', failure: this.#failed(error) }
    }
  }

  #failed(error: unknown): Failure {
    const failure = isFailure(error) ? error : new Failure('internal', messageOf(error))
    this.#answer = undefined
    if (failure.retryable) this.#isDue = true
    if (mistakes.includes(failure.code)) this.#streams = new Set()
    return failure
  }

  /** Nothing that the answer depends on has come since: it holds for all that is in sight now. */
  #confirm(): void {
    const { clock } = this.#parts
    this.#confirmedAt = clock.elapsed()
    const streams = [...(this.#streams ?? [])]
    const asOf = Math.min(clock.now(), ...streams.map(stream => this.#parts.asOf(stream)))
    this.#parts.onOutcome({ kind: 'confirmed', asOf })
  }
}

function ageOf(streams: readonly StreamState[]): number {
  return Math.max(0, ...streams.map(({ ageMs }) => ageMs))
}
