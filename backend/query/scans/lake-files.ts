import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier, literal } from '../../base/sql.ts'
import type { LakeColumn } from '../../lake/delta-schema.ts'
import { noneSql } from '../../lake/scan.ts'
import type { TableState } from '../engine-messages.ts'
import { boundsSql } from './file-bounds.ts'

/** A list of files that a view over the lake reads; each connection has its own. */
export function scanVariable(table: string): string {
  return `files of ${table}`
}

/** The table that knows a stream's files, as a statement sees them. */
export function filesTable(table: string): string {
  return `lake_files.${identifier(table)}`
}

/** Files of which the footers are read to learn how large each column is. */
const sampledMax = 3

/** What the engine's process knows of the lake's files of one table: where they are, how large, and what is in them. */
export class LakeFiles {
  readonly table: string
  /** Of the table without rows: a list of files must not be empty. */
  readonly emptyFile: string
  readonly #columns: readonly LakeColumn[]
  /** Column → its share of a file's bytes, as far as files are here. */
  #shares: ReadonlyMap<string, number> = new Map()
  #sampledBytes = 0

  constructor(table: string, columns: readonly LakeColumn[], emptyFile: string) {
    this.table = table
    this.#columns = columns
    this.emptyFile = emptyFile
  }

  get #named(): string {
    return `${this.table} as named`
  }

  get #readSql(): string {
    const columns = [
      'path, local_file, bytes',
      `TRY_CAST(json_extract_string(stats, '/numRecords') AS BIGINT) AS row_count`,
      ...boundsSql(this.#columns),
    ]
    return `SELECT ${columns.join(', ')} FROM ${filesTable(this.#named)}`
  }

  static async prepare(connection: DuckDBConnection): Promise<void> {
    await connection.run('CREATE SCHEMA lake_files')
  }

  /** On the connection that makes the views: it reads no history by them. */
  async open(connection: DuckDBConnection): Promise<void> {
    await connection.run(
      `COPY (${noneSql(this.#columns)}) TO ${literal(this.emptyFile)} (FORMAT parquet)`,
    )
    await connection.run(createNamed(filesTable(this.#named)))
    await connection.run(`CREATE TABLE ${filesTable(this.table)} AS ${this.#readSql}`)
    await connection.run(`DROP TABLE ${filesTable(this.#named)}`)
    await connection.run(
      `SET VARIABLE ${identifier(scanVariable(this.table))} = [${literal(this.emptyFile)}]`,
    )
  }

  /** Within the transaction that puts the table on another snapshot. */
  async apply(connection: DuckDBConnection, { files }: TableState): Promise<void> {
    const [table, named] = [filesTable(this.table), filesTable(this.#named)]
    await connection.run(createNamed(named))
    await this.#append(connection, files)
    // What is known of a file never changes.
    await connection.run(
      `CREATE OR REPLACE TABLE ${table} AS FROM ${table} SEMI JOIN ${named} USING (path)
       UNION ALL ${this.#readSql} ANTI JOIN ${table} USING (path)`,
    )
    await connection.run(`DROP TABLE ${named}`)
  }

  /** Reads the footers of the largest files, and again when there are larger ones. Not within a transaction. */
  async sample(connection: DuckDBConnection, state: TableState): Promise<void> {
    if (!isAllHere(state)) return
    const { files } = state
    const largest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, sampledMax)
    const bytes = largest.reduce((sum, file) => sum + file.bytes, 0)
    if (bytes < 2 * this.#sampledBytes || bytes === 0) return
    const sizes = await connection
      .runAndReadAll(
        `SELECT path_in_schema, sum(total_compressed_size)::DOUBLE FROM parquet_metadata(
         [${largest.map(({ localFile }) => literal(localFile)).join(', ')}]) GROUP BY 1`,
      )
      // A damaged file is a matter of the statements that read it.
      .catch(() => undefined)
    if (sizes === undefined) return
    const rows = sizes.getRowsJS() as [string, number][]
    const total = rows.reduce((sum, [, size]) => sum + size, 0)
    this.#shares = new Map(rows.map(([column, size]) => [column, size / total]))
    this.#sampledBytes = bytes
  }

  async #append(connection: DuckDBConnection, files: TableState['files']): Promise<void> {
    const appender = await connection.createAppender(this.#named, 'lake_files')
    for (const { path, localFile, bytes, stats = '{}' } of files) {
      appender.appendVarchar(path)
      appender.appendVarchar(localFile)
      appender.appendBigInt(BigInt(bytes))
      appender.appendVarchar(stats)
      appender.endRow()
    }
    appender.closeSync()
  }

  /** The share of a file's bytes that those columns take; 1 while that is not known. */
  shareOf(columns: ReadonlySet<string> | undefined): number {
    if (columns === undefined || this.#shares.size === 0) return 1
    return [...this.#shares].reduce(
      (sum, [column, share]) => sum + (columns.has(column.toLowerCase()) ? share : 0),
      0,
    )
  }
}

/** Whether all files of a snapshot are on this machine; else a statement asks for those that it needs. */
export function isAllHere({ files }: TableState): boolean {
  return files.every(({ isHere }) => isHere)
}

/** The files of one snapshot, as the Delta log names them. */
function createNamed(table: string): string {
  return `CREATE TABLE ${table} (path VARCHAR, local_file VARCHAR, bytes BIGINT, stats VARCHAR)`
}
