import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { invariant } from '../base/invariant.ts'
import { identifier, literal } from '../base/sql.ts'
import { reasonOfUndecodable } from './dead-letter.ts'
import { offsetAt, type RecordBatch, RecordBatchBuilder, valuesAt } from './record-batch.ts'
import { decimalOf, type StreamColumn, type StreamDefinition } from './stream-definition.ts'

/** An event that is no row, and why. */
export interface DeadLetter {
  readonly partition: number
  readonly offset: number
  /** When the log took it, in milliseconds since the epoch. */
  readonly timestamp: number
  readonly reason: string
  readonly detail: string
  readonly raw: Buffer
}

export interface DecodeOptions {
  /** A folder that DuckDB may read, best in memory; the values pass through a file there. */
  readonly scratchFolder: string
  /** The target, as `createDecodedTable` makes it. */
  readonly table: string
}

export interface DecodeResult {
  readonly rows: number
  readonly deadLetters: readonly DeadLetter[]
}

const undecodable = 'undecodable'
const separator = '\x1f'

/** The columns of a decoded table: the stream's own, then `_partition` and `_offset`, then the reason while decoding. */
export async function createDecodedTable(
  connection: DuckDBConnection,
  definition: StreamDefinition,
  table: string,
): Promise<void> {
  const columns = definition.columns.map(column => `${identifier(column.name)} ${column.type}`)
  await connection.run(
    `CREATE TABLE ${table} (${columns.join(', ')}, _partition INTEGER, _offset BIGINT, _reason VARCHAR)`,
  )
}

/**
 * Decodes records into typed rows of `options.table`, within the caller's transaction. What does not fit the stream's
 * definition comes back as dead letters: every record becomes one or the other.
 */
export async function decodeBatches(
  connection: DuckDBConnection,
  definition: StreamDefinition,
  batches: readonly RecordBatch[],
  options: DecodeOptions,
): Promise<DecodeResult> {
  const refused = await insertRows(connection, definition, batches, options)
  // A line that ends inside a value spoils the good line after it: those are decoded again among themselves.
  const spoiled = refused.filter(isPerhapsGood)
  const refusedAgain = await insertRows(connection, definition, batchesOf(spoiled), options)
  const deadLetters = [...refused.filter(record => !isPerhapsGood(record)), ...refusedAgain]
    .map(record => deadLetterOf(record, definition))
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  return { rows: countOf(batches) - deadLetters.length, deadLetters }
}

/** A record that became no row; `reason` is packed as `reasonSql` makes it. */
interface RefusedRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly reason: string
  readonly raw: Buffer
}

async function insertRows(
  connection: DuckDBConnection,
  definition: StreamDefinition,
  batches: readonly RecordBatch[],
  options: DecodeOptions,
): Promise<RefusedRecord[]> {
  const count = countOf(batches)
  if (count === 0) return []
  const file = join(options.scratchFolder, `${randomUUID()}.ndjson`)
  try {
    await writeFile(
      file,
      batches.map(batch => batch.lines),
    )
    const inserted = await connection.run(
      `INSERT INTO ${options.table} ${decodeSql(definition, file, segmentsOf(batches))}`,
    )
    invariant(
      inserted.rowsChanged === count,
      `${count} records became ${inserted.rowsChanged} rows`,
    )
  } finally {
    await rm(file, { force: true })
  }
  return takeRefused(connection, batches, options.table)
}

async function takeRefused(
  connection: DuckDBConnection,
  batches: readonly RecordBatch[],
  table: string,
): Promise<RefusedRecord[]> {
  const selected = await connection.runAndReadAll(
    `SELECT _partition, _offset::DOUBLE, _reason FROM ${table} WHERE _reason IS NOT NULL`,
  )
  const rows = selected.getRowsJS() as [number, number, string][]
  if (rows.length === 0) return []
  await connection.run(`DELETE FROM ${table} WHERE _reason IS NOT NULL`)
  const reasons = new Map(
    rows.map(([partition, offset, reason]) => [`${partition}/${offset}`, reason]),
  )
  const refused = batches.flatMap(batch => refusedOf(batch, reasons))
  invariant(refused.length === rows.length, 'every refused row is a record of the batch')
  return refused
}

function refusedOf(batch: RecordBatch, reasons: ReadonlyMap<string, string>): RefusedRecord[] {
  const found: { index: number; offset: number; reason: string }[] = []
  for (let index = 0; index < batch.count; index++) {
    const offset = offsetAt(batch, index)
    const reason = reasons.get(`${batch.partition}/${offset}`)
    if (reason !== undefined) found.push({ index, offset, reason })
  }
  const raws = valuesAt(
    batch,
    found.map(({ index }) => index),
  )
  return found.map(({ index, offset, reason }) => ({
    partition: batch.partition,
    offset,
    timestamp: batch.timestamps[index] ?? 0,
    reason,
    raw: raws.next().value ?? Buffer.alloc(0),
  }))
}

function batchesOf(records: readonly RefusedRecord[]): RecordBatch[] {
  const builders = new Map<number, RecordBatchBuilder>()
  for (const record of records) {
    const { partition, offset, timestamp, raw } = record
    const builder = builders.get(partition) ?? new RecordBatchBuilder(partition, offset)
    builders.set(partition, builder)
    builder.add({ offset, timestamp, value: raw })
  }
  return [...builders.values()].map(builder => builder.build())
}

function deadLetterOf(record: RefusedRecord, definition: StreamDefinition): DeadLetter {
  const { partition, offset, timestamp, raw } = record
  const [reason = '', detail = ''] = record.reason.split(separator)
  const why = reason === undecodable ? reasonOfUndecodable(raw, definition) : { reason, detail }
  return { partition, offset, timestamp, ...why, raw }
}

function isPerhapsGood(record: RefusedRecord): boolean {
  if (!record.reason.startsWith(undecodable)) return false
  try {
    const value: unknown = JSON.parse(record.raw.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function countOf(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.count, 0)
}

/** Runs of lines whose offsets follow from their line number by one addition. */
interface Segment {
  readonly firstLine: number
  readonly endLine: number
  readonly partition: number
  readonly offsetMinusLine: number
}

function segmentsOf(batches: readonly RecordBatch[]): Segment[] {
  const segments: Segment[] = []
  let line = 0
  for (const batch of batches) {
    let start = 0
    for (let index = 1; index <= batch.count; index++) {
      const isBreak =
        index === batch.count ||
        (batch.offsets !== undefined && offsetAt(batch, index) !== offsetAt(batch, index - 1) + 1)
      if (!isBreak) {
        if (batch.offsets === undefined) index = batch.count - 1
        continue
      }
      const firstLine = line + start
      segments.push({
        firstLine,
        endLine: line + index,
        partition: batch.partition,
        offsetMinusLine: offsetAt(batch, start) - firstLine,
      })
      start = index
    }
    line += batch.count
  }
  return segments
}

function decodeSql(
  definition: StreamDefinition,
  file: string,
  segments: readonly Segment[],
): string {
  const { columns } = definition
  const names = columns.map(column => identifier(column.name))
  const fields = columns.map(({ name, type }) => `${literal(name)}: '${readType(type)}'`)
  const typed = columns.map(column => `${typedValue(column)} AS ${identifier(column.name)}`)
  const raw = columns.map(({ name }) => `${identifier(name)}::VARCHAR AS ${rawName(name)}`)
  const places = segments.map(
    s => `(${s.firstLine}, ${s.endLine}, ${s.partition}, ${s.offsetMinusLine})`,
  )
  return `
    SELECT ${names.join(', ')}, s.part, d.line + s.shift, ${reasonSql(columns)}
    FROM (
      SELECT row_number() OVER () - 1 AS line, ${typed.join(', ')}, ${raw.join(', ')}
      FROM read_json(${literal(file)}, format = 'newline_delimited', ignore_errors = true,
        records = true, columns = {${fields.join(', ')}})
    ) d
    JOIN (VALUES ${places.join(', ')}) s(first_line, end_line, part, shift)
      ON d.line >= s.first_line AND d.line < s.end_line`
}

/**
 * The value of a column from its text, or NULL where the text does not say exactly one value of the type: DuckDB's own
 * casts round 3.7 to an integer and drop a time zone.
 */
function typedValue({ name, type }: StreamColumn): string {
  const text = identifier(name)
  const cast = `try_cast(${text} AS ${type})`
  const exactly = `WHEN try_cast(${text} AS DECIMAL(38,10)) = ${cast} THEN ${cast}`
  if (type === 'BIGINT' || type === 'INTEGER') {
    return `CASE WHEN ${cast}::VARCHAR = ${text} THEN ${cast} ${exactly} END`
  }
  if (type === 'DOUBLE' || type === 'DATE') return `CASE WHEN isfinite(${cast}) THEN ${cast} END`
  if (type === 'TIMESTAMP') {
    const hasZone = `contains(${text}[20:], '+') OR contains(${text}[20:], '-')`
    const utc = `CASE WHEN ${hasZone} THEN try_cast(${text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE ${cast} END`
    return `CASE WHEN isfinite(${utc}) THEN ${utc} END`
  }
  if (type === 'VARCHAR' || type === 'JSON') return text
  const decimal = decimalOf(type)
  return decimal ? decimalValue(`${text}::VARCHAR`, type, decimal.scale) : cast
}

/**
 * A decimal is read as JSON text, to tell a string from a number: of a number with a fraction the parser keeps only what
 * a double holds, which is every decimal of up to 15 digits.
 */
function decimalValue(json: string, type: string, scale: number): string {
  const text = `trim(${json}, '"')`
  const cast = `try_cast(${text} AS ${type})`
  const point = `strpos(${text}, '.')`
  const isPlain = `(${point} = 0 OR length(${text}) - ${point} <= ${scale}) AND NOT contains(${text}, 'e')`
  const isRounded = `length(ltrim(${json}, '-')) > 16 AND (${json})[1] <> '"' AND ${point} > 0`
  return `CASE
    WHEN ${isRounded} THEN NULL
    WHEN ${isPlain} THEN ${cast}
    WHEN try_cast(${text} AS DECIMAL(38,10)) = ${cast} THEN ${cast} END`
}

function readType(columnType: string): 'VARCHAR' | 'JSON' {
  return columnType === 'JSON' || decimalOf(columnType) ? 'JSON' : 'VARCHAR'
}

function reasonSql(columns: readonly StreamColumn[]): string {
  const raws = columns.map(column => rawName(column.name))
  const cases = [`WHEN coalesce(${raws.join(', ')}) IS NULL THEN '${undecodable}'`]
  for (const { name, type, required } of columns) {
    if (required) {
      cases.push(
        `WHEN ${rawName(name)} IS NULL THEN ${literal(`missing-value${separator}${name} is missing`)}`,
      )
    }
    if (type === 'VARCHAR' || type === 'JSON') continue
    const prefix = literal(`wrong-type${separator}${name} is not a ${type}: `)
    cases.push(
      `WHEN ${identifier(name)} IS NULL AND ${rawName(name)} IS NOT NULL THEN ${prefix} || left(${rawName(name)}, 100)`,
    )
  }
  return `CASE ${cases.join(' ')} END`
}

function rawName(column: string): string {
  return identifier(`raw ${column}`)
}
