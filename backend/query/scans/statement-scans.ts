import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier, literal } from '../../base/sql.ts'
import type { StreamState } from '../../contract/query.ts'
import { isPlanOnly } from '../explained.ts'
import type { Statement, StreamScan } from '../query-engine.ts'
import { duckDbValue } from '../reading-statement.ts'
import { filesTable, type LakeFiles, scanVariable } from './lake-files.ts'
import { needOf, needsNothing, type ScanNeed, type ScanNeeds } from './scan-needs.ts'

export interface ScanOptions {
  readonly statement: Statement
  /** What its transaction sees of the streams that it reads. */
  readonly streams: readonly StreamState[]
  /** Brings files of a stream to this machine, for as long as the statement runs. */
  bring(files: { stream: string; paths: readonly string[]; bytes: number }): Promise<void>
}

export interface StatementScansParts {
  readonly needs: ScanNeeds
  /** By stream. */
  readonly files: ReadonlyMap<string, LakeFiles>
  /** Whether all files of the stream's newest snapshot are here and stay. */
  isHere(stream: string): boolean
}

const describes = /^\s*(?:describe|desc|show)\b/i

interface Chosen {
  readonly where: string
  readonly params: Readonly<Record<string, ReturnType<typeof duckDbValue>>>
}

/** Tells the views over the lake which files a statement needs, on the connection that it runs on. */
export class StatementScans {
  readonly #parts: StatementScansParts
  /** Connection → stream → the files that its view reads, where they can be told by a word. */
  readonly #used = new WeakMap<DuckDBConnection, Map<string, { key: string; scan: StreamScan }>>()

  constructor(parts: StatementScansParts) {
    this.#parts = parts
  }

  /** How much the statement would read; nothing is brought. Within its transaction. */
  async estimate(
    connection: DuckDBConnection,
    { statement, streams }: Omit<ScanOptions, 'bring'>,
  ): Promise<StreamScan[]> {
    if (readsNothing(statement.sql)) return []
    const needs = await this.#parts.needs.of(connection, statement.sql)
    const scans: StreamScan[] = []
    for (const { stream } of streams) {
      const need = needOf(needs, stream)
      if (needsNothing(need)) continue
      scans.push(await this.#measured(connection, stream, need, chosenBy(need, statement)))
    }
    return scans
  }

  /** Makes the statement read the files that it needs. Within its transaction, before it is prepared. */
  async prepare(connection: DuckDBConnection, options: ScanOptions): Promise<StreamScan[]> {
    const { statement, streams } = options
    if (streams.length === 0) return []
    const needs = await this.#parts.needs.of(connection, statement.sql)
    const scans: StreamScan[] = []
    for (const { stream, version } of streams) {
      const need = needOf(needs, stream)
      if (needsNothing(need)) continue
      const isHere = this.#parts.isHere(stream)
      const key = isHere && need.condition === undefined ? `all of ${version}` : undefined
      const known = this.#usedBy(connection).get(stream)
      const scan =
        known?.key === key && known
          ? { ...known.scan, bytes: this.#columnBytes(stream, need, known.scan.fileBytes) }
          : await this.#use(connection, { ...options, stream, need, isHere })
      if (key === undefined) this.#usedBy(connection).delete(stream)
      else this.#usedBy(connection).set(stream, { key, scan })
      scans.push(scan)
    }
    return scans
  }

  async #use(
    connection: DuckDBConnection,
    {
      statement,
      stream,
      need,
      isHere,
      bring,
    }: ScanOptions & { stream: string; need: ScanNeed; isHere: boolean },
  ): Promise<StreamScan> {
    const isPlan = !isHere && readsNothing(statement.sql)
    const chosen = isPlan ? { where: 'false', params: {} } : chosenBy(need, statement)
    try {
      const scan = await this.#measured(connection, stream, need, chosen)
      if (!isHere && scan.files > 0) {
        const paths = await pathsOf(connection, stream, chosen)
        await bring({ stream, paths, bytes: scan.fileBytes })
      }
      await this.#setFiles(connection, stream, chosen)
      return scan
    } catch (error) {
      // A comparison that DuckDB refuses: it says so of the statement as well.
      if (chosen.where === 'true' || !isHere) throw error
      await this.#setFiles(connection, stream, all)
      return this.#measured(connection, stream, need, all)
    }
  }

  async #setFiles(connection: DuckDBConnection, stream: string, chosen: Chosen): Promise<void> {
    const emptyFile = literal(this.#parts.files.get(stream)?.emptyFile ?? '')
    await connection.run(
      `SET VARIABLE ${identifier(scanVariable(stream))} = (
         SELECT coalesce(list(local_file), [${emptyFile}]) FROM ${filesTable(stream)} WHERE ${chosen.where})`,
      chosen.params,
    )
  }

  async #measured(
    connection: DuckDBConnection,
    stream: string,
    need: ScanNeed,
    { where, params }: Chosen,
  ): Promise<StreamScan> {
    const sums = ['count(*)', 'sum(row_count)', 'sum(bytes)'].map(
      sum => `coalesce(${sum} FILTER (WHERE ${where}), 0)::DOUBLE`,
    )
    const read = await connection.runAndReadAll(
      `SELECT ${sums.join(', ')}, count(*)::DOUBLE FROM ${filesTable(stream)}`,
      params,
    )
    const [files = 0, rows = 0, fileBytes = 0, filesOfAll = 0] = (read.getRowsJS()[0] ??
      []) as number[]
    const bytes = this.#columnBytes(stream, need, fileBytes)
    const isHere = this.#parts.isHere(stream)
    return { stream, files, filesOfAll, rows, fileBytes, bytes, isHere }
  }

  #columnBytes(stream: string, { columns }: ScanNeed, fileBytes: number): number {
    return Math.round(fileBytes * (this.#parts.files.get(stream)?.shareOf(columns) ?? 1))
  }

  #usedBy(connection: DuckDBConnection): Map<string, { key: string; scan: StreamScan }> {
    const known = this.#used.get(connection) ?? new Map()
    this.#used.set(connection, known)
    return known
  }
}

/** Whether no row of its tables is needed for its answer. */
function readsNothing(sql: string): boolean {
  return isPlanOnly(sql) || describes.test(sql)
}

const all: Chosen = { where: 'true', params: {} }

function chosenBy({ condition, params }: ScanNeed, statement: Statement): Chosen {
  if (condition === undefined) return all
  const values: Record<string, ReturnType<typeof duckDbValue>> = {}
  for (const name of params) {
    const value = statement.params[name]
    if (value === undefined) return all
    values[name] = duckDbValue(value)
  }
  return { where: condition, params: values }
}

async function pathsOf(
  connection: DuckDBConnection,
  stream: string,
  { where, params }: Chosen,
): Promise<string[]> {
  const read = await connection.runAndReadAll(
    `SELECT path FROM ${filesTable(stream)} WHERE ${where}`,
    params,
  )
  return read.getRowsJS().map(([path]) => String(path))
}
