import type { Clock } from '../base/clock.ts'
import type { StreamState } from '../contract/query.ts'
import type { QueryEngine, QueryResult, RunOptions, Statement } from './query-engine.ts'
import type { VisibleChange } from './visible-change.ts'

export interface CachedEngineParts {
  readonly engine: QueryEngine
  readonly clock: Clock
  /** Of all answers that are kept, in bytes. */
  readonly bytesMax: number
}

interface Answer {
  readonly columns: QueryResult['columns']
  readonly streams: readonly StreamState[]
  readonly messages: readonly Buffer[]
  readonly rows: number
  readonly bytes: number
}

/** Of all that is kept; what is larger is not worth the room. */
const answerShareMax = 1 / 8

/** An engine that answers a statement from memory while what it reads is as it was. */
export class CachedEngine implements QueryEngine {
  readonly name
  readonly #parts: CachedEngineParts
  /** Statement → its answer, the one that was used last at the end. */
  readonly #answers = new Map<string, Answer>()
  #bytes = 0
  /** How often names have changed. */
  #epoch = 0
  /** Stream → what statements see of it. */
  readonly #visible = new Map<string, VisibleChange>()

  constructor(parts: CachedEngineParts) {
    this.#parts = parts
    this.name = parts.engine.name
  }

  /** Statements see more of a stream from now on. */
  streamVisible(change: VisibleChange): void {
    this.#visible.set(change.stream, change)
  }

  /** Names in statements mean something else from now on. */
  namesChanged(): void {
    this.#epoch++
    this.#answers.clear()
    this.#bytes = 0
  }

  async run(statement: Statement, options: RunOptions): Promise<QueryResult> {
    const key = JSON.stringify([statement.sql, statement.params, options.rowsMax])
    const known = options.after ? undefined : this.#answers.get(key)
    if (known && this.#isCurrent(known)) {
      this.#answers.delete(key)
      this.#answers.set(key, known)
      return this.#resultOf(known)
    }
    if (known) this.#forget(key, known)
    const epoch = this.#epoch
    const result = await this.#parts.engine.run(statement, options)
    const isLasting = !result.isVolatile && result.streams.length > 0
    return isLasting ? { ...result, messages: this.#keeping(key, result, epoch) } : result
  }

  async close(): Promise<void> {
    await this.#parts.engine.close()
  }

  /** Passes the messages on, and keeps them when they have all come. */
  async *#keeping(key: string, result: QueryResult, epoch: number): AsyncGenerator<Buffer> {
    const bytesMax = this.#parts.bytesMax * answerShareMax
    const messages: Buffer[] = []
    let bytes = key.length
    for await (const message of result.messages) {
      bytes += message.length
      if (bytes <= bytesMax) messages.push(message)
      yield message
    }
    if (bytes > bytesMax) return
    const { columns, streams } = result
    const rows = await result.rowCount
    if (epoch === this.#epoch) this.#keep(key, { columns, streams, messages, rows, bytes })
  }

  #keep(key: string, answer: Answer): void {
    const before = this.#answers.get(key)
    if (before) this.#forget(key, before)
    this.#answers.set(key, answer)
    this.#bytes += answer.bytes
    for (const [oldest, each] of this.#answers) {
      if (this.#bytes <= this.#parts.bytesMax) break
      this.#forget(oldest, each)
    }
  }

  #forget(key: string, answer: Answer): void {
    this.#answers.delete(key)
    this.#bytes -= answer.bytes
  }

  #isCurrent({ streams }: Answer): boolean {
    return streams.every(({ stream, version, partitions }) => {
      const now = this.#visible.get(stream)
      if (now?.version !== version) return false
      return (
        partitions.length === now.positions.size &&
        partitions.every(({ partition, nextOffset }) => now.positions.get(partition) === nextOffset)
      )
    })
  }

  #resultOf({ columns, streams, messages, rows }: Answer): QueryResult {
    const now = this.#parts.clock.now()
    return {
      columns,
      streams: streams.map(state => ({
        ...state,
        ageMs: Math.max(now - (this.#visible.get(state.stream)?.asOf ?? 0), 0),
      })),
      isVolatile: false,
      isRemembered: true,
      messages: (async function* () {
        yield* messages
      })(),
      rowCount: Promise.resolve(rows),
    }
  }
}
