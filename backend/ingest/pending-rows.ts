import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { inTransaction } from '../base/duckdb.ts'
import { identifier } from '../base/sql.ts'
import { appendDeadLetters, createDeadLetterTable } from '../events/dead-letter-table.ts'
import { createDecodedTable, decodeBatches } from '../events/decode.ts'
import type { RecordBatch } from '../events/record-batch.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import { type Accounting, accountFor, addAccounting, checkIdentity } from './accounting.ts'

/** Rows and dead letters that wait for a commit to the lake, as tables of the ingest's DuckDB. */
export interface PendingCommit {
  readonly rowsTable: string
  readonly deadLettersTable: string
  readonly accounting: Accounting
}

let generations = 0

/** Decodes batches and gathers the outcome until it is sealed for a commit. */
export class PendingRows {
  readonly #connection: DuckDBConnection
  readonly #definition: StreamDefinition
  readonly #scratchFolder: string
  #current: { rowsTable: string; deadLettersTable: string; accounting: Accounting; bytes: number }

  private constructor(
    connection: DuckDBConnection,
    definition: StreamDefinition,
    scratchFolder: string,
  ) {
    this.#connection = connection
    this.#definition = definition
    this.#scratchFolder = scratchFolder
    this.#current = newGeneration()
  }

  static async open(
    duckDb: DuckDBInstance,
    definition: StreamDefinition,
    scratchFolder: string,
  ): Promise<PendingRows> {
    const pending = new PendingRows(await duckDb.connect(), definition, scratchFolder)
    await pending.#createTables()
    return pending
  }

  /** Events that were decoded since the last seal. */
  get count(): number {
    let count = 0
    for (const part of this.#current.accounting.values()) count += part.endOffset - part.startOffset
    return count
  }

  /** Bytes of their values. */
  get bytes(): number {
    return this.#current.bytes
  }

  /** Decodes batches, which go on where the ones before have ended. */
  async add(batches: readonly RecordBatch[]): Promise<void> {
    const current = this.#current
    const { deadLetters } = await inTransaction(this.#connection, async () => {
      const decoded = await decodeBatches(this.#connection, this.#definition, batches, {
        scratchFolder: this.#scratchFolder,
        table: current.rowsTable,
      })
      await appendDeadLetters(
        this.#connection,
        current.deadLettersTable,
        this.#definition.stream,
        decoded.deadLetters,
      )
      return decoded
    })
    const accounting = accountFor(batches, deadLetters)
    checkIdentity(accounting)
    current.accounting = addAccounting(current.accounting, accounting)
    current.bytes += batches.reduce((sum, batch) => sum + batch.lines.length, 0)
  }

  /** Hands over what has gathered, to be released after its commit, and begins anew. */
  async seal(): Promise<PendingCommit> {
    const { rowsTable, deadLettersTable, accounting } = this.#current
    this.#current = newGeneration()
    await this.#createTables()
    return { rowsTable, deadLettersTable, accounting }
  }

  async release(tables: Pick<PendingCommit, 'rowsTable' | 'deadLettersTable'>): Promise<void> {
    await this.#connection.run(`DROP TABLE ${tables.rowsTable}`)
    await this.#connection.run(`DROP TABLE ${tables.deadLettersTable}`)
  }

  /** Drops what was not sealed. */
  async close(): Promise<void> {
    await this.release(this.#current)
    this.#connection.closeSync()
  }

  async #createTables(): Promise<void> {
    const { rowsTable, deadLettersTable } = this.#current
    await createDecodedTable(this.#connection, this.#definition, rowsTable)
    await createDeadLetterTable(this.#connection, deadLettersTable)
  }
}

function newGeneration() {
  const generation = ++generations
  return {
    rowsTable: identifier(`rows ${generation}`),
    deadLettersTable: identifier(`dead letters ${generation}`),
    accounting: new Map() as Accounting,
    bytes: 0,
  }
}
