import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { invariant } from '../base/invariant.ts'
import type { ResultColumn, StreamState } from '../contract/query.ts'
import type { MappedRequest } from '../live/mapped-reader.ts'
import { ArrowEncoder } from './arrow-encoder.ts'
import { typeName } from './arrow-type.ts'
import { ChunksAhead } from './chunks-ahead.ts'
import type { FromProcess } from './engine-messages.ts'
import { hasBrokenOff, lateFailure } from './late-failure.ts'
import { MappedInput } from './mapped/mapped-input.ts'
import type { MappedStatement } from './mapped/mapped-statement.ts'
import { Outbox } from './outbox.ts'
import { failureOf, type PlainFailure, plainFailure } from './plain-failure.ts'
import type { RequiredOffsets, Statement, StreamScan } from './query-engine.ts'
import { isDynamicPivot, prepareReading } from './reading-statement.ts'
import type { StatementScans } from './scans/statement-scans.ts'
import { sqlFailure } from './sql-failure.ts'
import { type SightParts, type StatementSight, statementSees } from './statement-sight.ts'
import type { KeptForm } from './views/kept-form.ts'
import type { AnswerWay } from './views/kept-statements.ts'

const messagesAheadMax = 8
const progressEveryMs = 200
const waitEveryMs = 5

export interface RunParts extends SightParts {
  readonly id: number
  readonly statement: Statement
  readonly rowsMax: number
  readonly batchRowsMax: number | undefined
  readonly after: RequiredOffsets | undefined
  readonly mapped: MappedStatement
  readonly scans: StatementScans
  /** What to run in its place, as long as that can be done. */
  readonly kept: KeptForm | undefined
  send(message: FromProcess): void
}

type Outcome = Extract<FromProcess, { type: 'done' | 'failed' }>
type Seen = Pick<Extract<FromProcess, { type: 'started' }>, 'streams' | 'isVolatile' | 'scans'> &
  Partial<Pick<StatementSight, 'quickerSql'>>

/** One statement on its way through the engine's process. */
export class StatementRun {
  readonly #parts: RunParts
  #outcome: Outcome | undefined
  #isCancelled = false
  #isInTransaction = false
  #isRollingBack = false
  #isStarted = false
  #isFromKept = false
  #keptFailure: unknown
  #ahead = 0
  #rows = 0
  #wake: () => void = () => {}
  #input: MappedInput | undefined
  #onBrought: (failure: Failure | undefined) => void = () => {}
  readonly #outbox: Outbox

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#outbox = new Outbox(parts.send)
  }

  cancel(): void {
    this.#isCancelled = true
    // Of a transaction whose end is interrupted the connection would not be rid, nor would the next statement on it.
    if (!this.#isRollingBack) this.#parts.connection.interrupt()
    this.#input?.fail(plainFailure(cancelled()))
    this.#onBrought(cancelled())
    this.#wake()
  }

  /** Rows of a table of HBase that were asked for. */
  rowsCame(bytes: Uint8Array, isLast: boolean): void {
    this.#input?.add(bytes, isLast)
  }

  rowsFailed(failure: PlainFailure): void {
    this.#input?.fail(failure)
  }

  /** Files that were asked for are here, or cannot be brought. */
  brought(failure: PlainFailure | undefined): void {
    this.#onBrought(failure && failureOf(failure))
  }

  /** The receiver has taken so many messages. */
  taken(count: number): void {
    this.#ahead -= count
    this.#wake()
  }

  /** Says how it ended: to be called when its connection is free again. */
  sendOutcome(): void {
    invariant(this.#outcome !== undefined, 'the statement has ended')
    this.#outbox.add(this.#outcome)
    this.#outbox.flush()
  }

  /** Sends what comes of the statement: `started`, then messages. */
  async run(): Promise<void> {
    const { id, statement, connection, mapped } = this.#parts
    const progress = setInterval(() => {
      const { percentage } = connection.progress
      const share = percentage < 0 ? null : percentage / 100
      this.#outbox.add({ type: 'progress', id, share, rows: this.#rows })
    }, progressEveryMs)
    try {
      await this.#waitForRequired()
      await mapped.prepare(statement)
      const isAnswered = await this.#answerFromKept()
      if (!isAnswered) await this.#answer()
      this.#outcome = { type: 'done', id, rows: this.#rows }
    } catch (error) {
      const failure = this.#isCancelled ? cancelled() : sqlFailure(error, statement.sql)
      this.#outcome = { type: 'failed', id, failure: plainFailure(failure) }
    } finally {
      clearInterval(progress)
      await this.#rollBack()
    }
  }

  /** How it was answered. */
  get way(): AnswerWay {
    const failure = this.#keptFailure
    return { isAnswered: this.#outcome?.type === 'done', isFromKept: this.#isFromKept, failure }
  }

  /** @returns false when nothing has been sent yet and the statement is to run as it is */
  async #answerFromKept(): Promise<boolean> {
    const { kept, statement } = this.#parts
    if (kept === undefined) return false
    this.#isFromKept = true
    try {
      await this.#begin('READ ONLY')
      const sight = await statementSees(statement, this.#parts)
      const used = kept.readsMore ? await this.#prepareScans(sight.streams) : []
      const form = { ...statement, sql: kept.sql }
      await this.#send(form, { ...sight, quickerSql: undefined, scans: used })
      return true
    } catch (error) {
      if (this.#isCancelled) throw error
      this.#keptFailure = error
      if (this.#isStarted) throw error
      this.#isFromKept = false
      await this.#rollBack()
      return false
    }
  }

  async #answer(): Promise<void> {
    const { statement, mapped } = this.#parts
    await this.#begin(isDynamicPivot(statement.sql) ? '' : 'READ ONLY')
    const sight = await this.#seen()
    await this.#loadMapped()
    await this.#send(await mapped.explained(statement), sight)
  }

  async #begin(mode: string): Promise<void> {
    this.#isInTransaction = true
    await this.#parts.connection.run(`BEGIN TRANSACTION ${mode}`)
  }

  async #rollBack(): Promise<void> {
    if (!this.#isInTransaction) return
    this.#isRollingBack = true
    await this.#parts.connection.run('ROLLBACK').catch(() => {})
    this.#isRollingBack = false
    this.#isInTransaction = false
  }

  /** Sends what DuckDB answers, within the transaction. */
  async #send(statement: Statement, sight: Seen): Promise<void> {
    const { id, connection } = this.#parts
    const { streams, isVolatile, scans } = sight
    const prepared = await this.#prepared(statement, sight.quickerSql)
    this.#throwIfCancelled()
    const result = await prepared.startStream().getResult()
    const encoder = this.#encoderOf(result)
    const chunks = new ChunksAhead(result)
    try {
      const first = await chunks.next()
      const columns = columnsOf(result)
      const isKept = this.#isFromKept
      this.#outbox.add({ type: 'started', id, columns, streams, isVolatile, scans, isKept })
      this.#isStarted = true
      await this.#sendMessages([encoder.schema()])
      for (let chunk = first; chunk; chunk = await chunks.next()) {
        await this.#sendRows(chunk, encoder)
      }
    } finally {
      await chunks.settle()
    }
    this.#throwIfCancelled()
    this.#isInTransaction = await hasBrokenOff(connection)
    this.#throwIfCancelled()
    if (this.#isInTransaction) {
      throw await lateFailure(connection, statement, this.#rows, () => this.#loadMapped())
    }
    await this.#sendMessages([encoder.end()])
  }

  /** What is wrong with a statement is told of it as it is. */
  async #prepared(statement: Statement, quickerSql: string | undefined) {
    const { connection } = this.#parts
    const quicker = quickerSql === undefined ? undefined : { ...statement, sql: quickerSql }
    const prepared = quicker && (await prepareReading(connection, quicker).catch(() => undefined))
    return prepared ?? (await prepareReading(connection, statement))
  }

  /** What the transaction sees of what the statement reads, of which the files are here then. */
  async #seen(): Promise<Seen> {
    const { statement, mapped } = this.#parts
    const sight = await statementSees(statement, this.#parts)
    this.#throwIfCancelled()
    const scans = await this.#prepareScans(sight.streams)
    return { ...sight, isVolatile: sight.isVolatile || mapped.readsAny, scans }
  }

  #prepareScans(streams: readonly StreamState[]): Promise<StreamScan[]> {
    const { statement, connection, scans } = this.#parts
    return scans.prepare(connection, { statement, streams, bring: files => this.#bring(files) })
  }

  async #bring(files: { stream: string; paths: readonly string[]; bytes: number }): Promise<void> {
    const { id, send } = this.#parts
    const failure = await new Promise<Failure | undefined>(resolve => {
      this.#onBrought = resolve
      send({ type: 'bring', id, ...files })
    })
    if (failure) throw failure
  }

  async #loadMapped(): Promise<void> {
    await this.#parts.mapped.load(request => this.#read(request))
    this.#throwIfCancelled()
  }

  #read(request: MappedRequest): AsyncIterable<Buffer> {
    const { id, send } = this.#parts
    this.#input = new MappedInput(() => send({ type: 'rowsTaken', id }))
    send({ type: 'read', id, request })
    return this.#input.packs()
  }

  async #sendRows(chunk: DuckDBDataChunk, encoder: ArrowEncoder): Promise<void> {
    this.#throwIfCancelled()
    const wanted = Math.min(this.#parts.rowsMax - this.#rows, chunk.rowCount)
    if (wanted > 0) await this.#sendMessages(encoder.batches(chunk, wanted))
    this.#rows += chunk.rowCount
  }

  #encoderOf(result: DuckDBResult): ArrowEncoder {
    const { batchRowsMax } = this.#parts
    return new ArrowEncoder(result.columnNames(), result.columnTypes(), batchRowsMax)
  }

  async #sendMessages(parts: readonly Buffer[]): Promise<void> {
    while (this.#ahead >= messagesAheadMax && !this.#isCancelled) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    this.#throwIfCancelled()
    this.#ahead++
    this.#outbox.add({ type: 'messages', id: this.#parts.id, parts })
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
    if (this.#isCancelled) throw cancelled()
  }
}

function cancelled(): Failure {
  return new Failure('query-cancelled', 'The statement was cancelled.')
}

function isReached(
  positions: ReadonlyMap<number, number>,
  offsets: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(offsets).every(
    ([partition, offset]) => (positions.get(Number(partition)) ?? 0) > offset,
  )
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes()
  return result.columnNames().map((name, index) => ({ name, type: typeName(types[index]) }))
}
