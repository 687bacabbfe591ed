import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { ArrowEncoder } from './arrow-encoder.ts'
import type { FromProcess } from './engine-messages.ts'
import type { RequiredOffsets, Statement } from './query-engine.ts'
import { isDynamicPivot, prepareReading } from './reading-statement.ts'
import { sqlFailure } from './sql-failure.ts'
import type { UnionTables } from './union-tables.ts'

const messagesAheadMax = 8
const progressEveryMs = 200
const waitEveryMs = 5

export interface RunParts {
  readonly id: number
  readonly statement: Statement
  readonly rowsMax: number
  readonly after: RequiredOffsets | undefined
  readonly connection: DuckDBConnection
  readonly tables: UnionTables
  send(message: FromProcess): void
}

/** One statement on its way through the engine's process. */
export class StatementRun {
  readonly #parts: RunParts
  #isCancelled = false
  #ahead = 0
  #rows = 0
  #wake: () => void = () => {}

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  cancel(): void {
    this.#isCancelled = true
    this.#parts.connection.interrupt()
    this.#wake()
  }

  /** The receiver has taken so many messages. */
  taken(count: number): void {
    this.#ahead -= count
    this.#wake()
  }

  /** Sends what comes of the statement: `started`, messages, `done`; or `failed`. */
  async run(): Promise<void> {
    const { id, statement, connection, send } = this.#parts
    const progress = setInterval(() => {
      const { percentage } = connection.progress
      send({
        type: 'progress',
        id,
        share: percentage < 0 ? null : percentage / 100,
        rows: this.#rows,
      })
    }, progressEveryMs)
    try {
      await this.#waitForRequired()
      const mode = isDynamicPivot(statement.sql) ? '' : 'READ ONLY'
      await connection.run(`BEGIN TRANSACTION ${mode}`)
      await this.#execute()
      send({ type: 'done', id, rows: this.#rows })
    } catch (error) {
      const failure = this.#isCancelled
        ? new Failure('query-cancelled', 'The statement was cancelled.')
        : sqlFailure(error, statement.sql)
      const { code, message, hint, extra } = failure
      send({ type: 'failed', id, failure: { code, detail: message, hint, extra } })
    } finally {
      clearInterval(progress)
      await connection.run('ROLLBACK').catch(() => {})
    }
  }

  async #execute(): Promise<void> {
    const { id, statement, connection, tables, send } = this.#parts
    const streams = await tables.statesSeenBy(connection, Date.now())
    this.#throwIfCancelled()
    const prepared = await prepareReading(connection, statement)
    this.#throwIfCancelled()
    const result = await prepared.startStream().getResult()
    const names = result.columnNames()
    const types = result.columnTypes()
    const encoder = new ArrowEncoder(names, types)
    const columns = names.map((name, index) => ({
      name,
      type: types[index]?.alias ?? String(types[index]),
    }))
    send({ type: 'started', id, columns, streams })
    await this.#sendMessage(encoder.schema())
    await this.#sendRows(result, encoder)
    await this.#sendMessage(encoder.end())
  }

  async #sendRows(result: DuckDBResult, encoder: ArrowEncoder): Promise<void> {
    for (;;) {
      this.#throwIfCancelled()
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) return
      const wanted = Math.min(this.#parts.rowsMax - this.#rows, chunk.rowCount)
      if (wanted > 0) await this.#sendMessage(encoder.batch(chunk, wanted))
      this.#rows += chunk.rowCount
    }
  }

  async #sendMessage(bytes: Buffer): Promise<void> {
    while (this.#ahead >= messagesAheadMax && !this.#isCancelled) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    this.#throwIfCancelled()
    this.#ahead++
    this.#parts.send({ type: 'message', id: this.#parts.id, bytes })
  }

  async #waitForRequired(): Promise<void> {
    const { after, tables } = this.#parts
    for (const [stream, offsets] of Object.entries(after ?? {})) {
      if (!tables.streams.includes(stream)) {
        throw new Failure('unknown-stream', `There is no stream "${stream}" to wait for.`)
      }
      while (!isReached(tables.positionsOf(stream), offsets)) {
        this.#throwIfCancelled()
        await new Promise(resolve => setTimeout(resolve, waitEveryMs))
      }
    }
  }

  #throwIfCancelled(): void {
    if (this.#isCancelled) throw new Failure('query-cancelled', 'The statement was cancelled.')
  }
}

function isReached(
  positions: ReadonlyMap<number, number>,
  offsets: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(offsets).every(
    ([partition, offset]) => (positions.get(Number(partition)) ?? 0) > offset,
  )
}
