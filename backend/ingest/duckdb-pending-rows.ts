import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { settleAll } from '../base/settle-all.ts'
import { identifier } from '../base/sql.ts'
import { appendDeadLetters, createDeadLetterTable } from '../events/dead-letter-table.ts'
import { type DeadLetter, decodeBatches } from '../events/decode.ts'
import { type RecordBatch, sizeOf } from '../events/record-batch.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import { type RowSource, selectedRows } from '../lake/parquet-writer.ts'
import { type Accounting, accountFor, addAccounting, checkIdentity } from './accounting.ts'
import type { PendingCommit, PendingRows } from './pending-rows.ts'
import { deadLettersTable, eventsTable, withEventDate } from './stream-tables.ts'

/** Tables of the ingest's DuckDB, and the accounts of what is in them. */
interface Gathering {
  rowsTables: string[]
  readonly deadLettersTable: string
  accounting: Accounting
}

const tablesMax = 100
/** Less than this is decoded by one lane: a statement has its price. */
const sharedSizeMin = 256 * 1024
let tablesMade = 0

/** Gathers in tables of an in-memory DuckDB. */
export class DuckDbPendingRows implements PendingRows {
  readonly #connection: DuckDBConnection
  /** Connections that decode at the same time, each on a thread of its own. */
  readonly #lanes: readonly DuckDBConnection[]
  /** Writes and releases what a commit takes, whatever the lanes do meanwhile: one that appends bears no other statement. */
  readonly #writing: DuckDBConnection
  readonly #definition: StreamDefinition
  readonly #scratchFolder: string
  #current = newGathering()

  private constructor(
    lanes: readonly [DuckDBConnection, ...DuckDBConnection[]],
    writing: DuckDBConnection,
    definition: StreamDefinition,
    scratchFolder: string,
  ) {
    this.#connection = lanes[0]
    this.#lanes = lanes
    this.#writing = writing
    this.#definition = definition
    this.#scratchFolder = scratchFolder
  }

  static async open(
    duckDb: DuckDBInstance,
    definition: StreamDefinition,
    scratchFolder: string,
  ): Promise<DuckDbPendingRows> {
    const lanes = [await duckDb.connect(), await duckDb.connect()] as const
    const pending = new DuckDbPendingRows(lanes, await duckDb.connect(), definition, scratchFolder)
    await createDeadLetterTable(pending.#connection, identifier(pending.#current.deadLettersTable))
    return pending
  }

  get count(): number {
    let count = 0
    for (const part of this.#current.accounting.values()) count += part.endOffset - part.startOffset
    return count
  }

  async add(batches: readonly RecordBatch[]): Promise<void> {
    const current = this.#current
    const deadLetters = await this.#decode(batches, current)
    await appendDeadLetters(
      this.#connection,
      { name: current.deadLettersTable },
      this.#definition.stream,
      deadLetters,
    )
    const accounting = accountFor(batches, deadLetters)
    checkIdentity(accounting)
    current.accounting = addAccounting(current.accounting, accounting)
  }

  async seal(): Promise<PendingCommit> {
    const sealed = this.#current
    this.#current = newGathering()
    await createDeadLetterTable(this.#connection, identifier(this.#current.deadLettersTable))
    return {
      accounting: sealed.accounting,
      rows: sealed.rowsTables.length === 0 ? undefined : this.#rowsOf(sealed),
      deadLettersAbove: offsets => this.#deadLettersOf(sealed, offsets),
      release: () => this.#release(sealed),
    }
  }

  async close(): Promise<void> {
    await this.#release(this.#current)
    for (const connection of [...this.#lanes, this.#writing]) connection.closeSync()
  }

  #rowsOf({ rowsTables }: Gathering): RowSource {
    const { eventTime } = this.#definition
    const source = `(${unionOf(rowsTables)})`
    const select = withEventDate(eventsTable(this.#definition), eventTime, source)
    return selectedRows(this.#writing, select)
  }

  #deadLettersOf(
    { deadLettersTable: table }: Gathering,
    offsets: ReadonlyMap<number, number>,
  ): RowSource {
    const places = [...offsets].map(
      ([partition, offset]) => `(log_partition = ${partition} AND log_offset > ${offset})`,
    )
    const source = `${identifier(table)} WHERE ${places.join(' OR ')}`
    const select = withEventDate(deadLettersTable, 'appended_at', source)
    return selectedRows(this.#writing, select)
  }

  async #release({ rowsTables, deadLettersTable: table }: Gathering): Promise<void> {
    for (const each of [...rowsTables, table]) {
      await this.#writing.run(`DROP TABLE IF EXISTS ${identifier(each)}`)
    }
  }

  async #decode(batches: readonly RecordBatch[], current: Gathering): Promise<DeadLetter[]> {
    const shares = sharesOf(batches, this.#lanes.length)
    const decoded = await settleAll(
      shares.map(async (share, index) => {
        const table = newTable('rows')
        current.rowsTables.push(table)
        const { deadLetters } = await decodeBatches(
          this.#lanes[index] ?? this.#connection,
          this.#definition,
          share,
          { scratchFolder: this.#scratchFolder, table: identifier(table) },
        )
        return deadLetters
      }),
    )
    if (current.rowsTables.length >= tablesMax) await this.#mergeTables(current)
    return decoded.flat()
  }

  async #mergeTables(current: Gathering): Promise<void> {
    const merged = newTable('rows')
    const parts = current.rowsTables
    await this.#connection.run(`CREATE TABLE ${identifier(merged)} AS ${unionOf(parts)}`)
    current.rowsTables = [merged]
    for (const table of parts) await this.#connection.run(`DROP TABLE ${identifier(table)}`)
  }
}

/** Deals batches out to so many lanes, or to one when they are few; those without records are left out. */
function sharesOf(batches: readonly RecordBatch[], laneCount: number): RecordBatch[][] {
  const filled = batches.filter(batch => batch.count > 0)
  const size = filled.reduce((sum, batch) => sum + sizeOf(batch), 0)
  const count = size < sharedSizeMin ? 1 : laneCount
  const shares: { batches: RecordBatch[]; size: number }[] = []
  for (const batch of filled.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
    if (shares.length < count) shares.push({ batches: [batch], size: sizeOf(batch) })
    else {
      const least = shares.reduce((a, b) => (a.size <= b.size ? a : b))
      least.batches.push(batch)
      least.size += sizeOf(batch)
    }
  }
  return shares.map(share => share.batches)
}

/** A statement for the rows of all the tables, of which there is one at least. */
function unionOf(tables: readonly string[]): string {
  return tables.map(table => `FROM ${identifier(table)}`).join(' UNION ALL ')
}

function newGathering(): Gathering {
  return { rowsTables: [], deadLettersTable: newTable('dead letters'), accounting: new Map() }
}

function newTable(kind: string): string {
  return `${kind} ${++tablesMade}`
}
