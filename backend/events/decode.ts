import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { memoryFailure } from '../base/failure.ts'
import { invariant } from '../base/invariant.ts'
import { identifier } from '../base/sql.ts'
import { reasonOfFailed, reasonOfUndecodable } from './dead-letter.ts'
import { isOfValues, miscounted } from './decode-failure.ts'
import { carefulSql, quickSql, reasonSeparator, undecodable } from './decode-sql.ts'
import { offsetAt, type RecordBatch, sizeOf, splitBySize, valuesAt } from './record-batch.ts'
import { soundLines } from './sound-lines.ts'
import type { StreamDefinition } from './stream-definition.ts'

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
  /**
   * The table to make, as an SQL identifier: the stream's columns, `_partition`, `_offset`, and `_reason`, which is
   * always NULL.
   */
  readonly table: string
}

export interface DecodeResult {
  readonly rows: number
  readonly deadLetters: readonly DeadLetter[]
}

/** Of the first line of a file DuckDB drops a byte order mark. */
const firstLine = Buffer.from('{}\n')
/** What the careful statement refuses as the object that it is. */
const harmless = Buffer.from('{}')
/** DuckDB keeps the order of lines within one read buffer of 32 MB. */
const groupSizeMax = 24 << 20

/**
 * Decodes records, one at least, into the rows of a new table. What does not fit the stream's definition comes back as
 * dead letters: every record becomes one or the other, and which one depends on its value alone. Not to be called within
 * a transaction, which a malformed value would abort.
 * @throws Failure `memory-full` when they do not fit into the connection's memory
 */
export async function decodeBatches(
  connection: DuckDBConnection,
  definition: StreamDefinition,
  batches: readonly RecordBatch[],
  options: DecodeOptions,
): Promise<DecodeResult> {
  const decoder = new Decoder(connection, definition, options)
  const found: DeadLetter[][] = []
  try {
    for (const group of groupsOf(batches)) found.push(await decoder.decode(group))
  } catch (error) {
    throw memoryFailure(error, 'decoding events')
  }
  const deadLetters = found.flat()
  deadLetters.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  return { rows: countOf(batches) - deadLetters.length, deadLetters }
}

interface DoubtfulRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly raw: Buffer
}

class Decoder {
  readonly #connection: DuckDBConnection
  readonly #definition: StreamDefinition
  readonly #options: DecodeOptions
  #isTableMade = false

  constructor(connection: DuckDBConnection, definition: StreamDefinition, options: DecodeOptions) {
    this.#connection = connection
    this.#definition = definition
    this.#options = options
  }

  async decode(batches: readonly RecordBatch[]): Promise<DeadLetter[]> {
    return this.#decodeCarefully(await this.#decodeQuickly(batches))
  }

  /** Answers the records in doubt; the others are rows. */
  async #decodeQuickly(batches: readonly RecordBatch[]): Promise<DoubtfulRecord[]> {
    const failure = await this.#insertQuickly(batches)
    if (failure !== undefined) return batches.flatMap(batch => doubtfulOf(batch, () => true))
    const places = new Set((await this.#takeRefused()).map(row => placeOf(row)))
    if (places.size === 0) return []
    const records = batches.flatMap(batch =>
      doubtfulOf(batch, offset => places.has(placeOf({ partition: batch.partition, offset }))),
    )
    invariant(records.length === places.size, 'every row in doubt is a record of the batch')
    return records
  }

  #insertQuickly(batches: readonly RecordBatch[]): Promise<Error | undefined> {
    const lines = batches.map(batch => soundLines(batch.lines))
    return this.#withFile([firstLine, ...lines], file =>
      this.#insert(quickSql(this.#definition, file, batches), countOf(batches)),
    )
  }

  /** Each value by itself. Where the statement fails, halves are tried, down to the value that it fails at. */
  async #decodeCarefully(records: readonly DoubtfulRecord[]): Promise<DeadLetter[]> {
    const [only, another] = records
    if (only === undefined) return []
    const failure = await this.#insertCarefully(records)
    if (failure !== undefined) {
      if (another === undefined) return this.#decodeSuspect(only)
      const middle = records.length >> 1
      const first = await this.#decodeCarefully(records.slice(0, middle))
      return [...first, ...(await this.#decodeCarefully(records.slice(middle)))]
    }
    const reasons = new Map((await this.#takeRefused()).map(row => [placeOf(row), row.reason]))
    return records.flatMap(record => {
      const reason = reasons.get(placeOf(record))
      return reason === undefined ? [] : [this.#deadLetter(record, reason)]
    })
  }

  /** A value that the decoder failed at is to blame when it fails again, and not where a harmless one is in its place. */
  async #decodeSuspect(record: DoubtfulRecord): Promise<DeadLetter[]> {
    const failure = await this.#insertCarefully([record])
    if (failure === undefined) {
      const [refused] = await this.#takeRefused()
      return refused ? [this.#deadLetter(record, refused.reason)] : []
    }
    if ((await this.#insertCarefully([{ ...record, raw: harmless }])) !== undefined) throw failure
    await this.#takeRefused()
    return [{ ...record, ...reasonOfFailed(failure) }]
  }

  #insertCarefully(records: readonly DoubtfulRecord[]): Promise<Error | undefined> {
    const lines = records.map(
      ({ partition, offset, raw }) =>
        `{"p":${partition},"o":${offset},"v":${JSON.stringify(textOf(raw))}}\n`,
    )
    const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 0)
    // Of an iterable each part would be a write of its own, and a batch can be all dead letters.
    return this.#withFile([Buffer.from(lines.join(''))], file =>
      this.#insert(carefulSql(this.#definition, file, longest), records.length),
    )
  }

  /**
   * Adds the rows of a statement to the table, one a record.
   * @returns why there are none, when that lies with the values
   */
  async #insert(select: string, count: number): Promise<Error | undefined> {
    const { table } = this.#options
    const target = this.#isTableMade ? identifier(`decoded ${randomUUID()}`) : table
    try {
      await this.#connection.run(`CREATE TABLE ${target} AS ${select}`)
    } catch (error) {
      if (isOfValues(error)) return error
      throw error
    }
    const counted = await this.#connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM ${target}`)
    const found = Number(counted.getRowsJS()[0]?.[0])
    if (found !== count) {
      await this.#connection.run(`DROP TABLE ${target}`)
      return miscounted(found, count)
    }
    if (this.#isTableMade) {
      await this.#connection.run(`INSERT INTO ${table} SELECT * FROM ${target}`)
      await this.#connection.run(`DROP TABLE ${target}`)
    }
    this.#isTableMade = true
    return undefined
  }

  /** Takes the rows with a reason out of the table. */
  async #takeRefused(): Promise<{ partition: number; offset: number; reason: string }[]> {
    const { table } = this.#options
    const selected = await this.#connection.runAndReadAll(
      `SELECT _partition, _offset::DOUBLE, _reason FROM ${table} WHERE _reason IS NOT NULL`,
    )
    const rows = selected.getRowsJS() as [number, number, string][]
    if (rows.length > 0) {
      await this.#connection.run(`DELETE FROM ${table} WHERE _reason IS NOT NULL`)
    }
    return rows.map(([partition, offset, reason]) => ({ partition, offset, reason }))
  }

  #deadLetter(record: DoubtfulRecord, packed: string): DeadLetter {
    const [reason = '', detail = ''] = packed.split(reasonSeparator)
    const why =
      reason === undecodable
        ? reasonOfUndecodable(record.raw, this.#definition)
        : { reason, detail }
    return { ...record, ...why }
  }

  async #withFile<T>(content: readonly Buffer[], use: (file: string) => Promise<T>): Promise<T> {
    const file = join(this.#options.scratchFolder, `${randomUUID()}.ndjson`)
    try {
      await writeFile(file, content)
      return await use(file)
    } finally {
      await rm(file, { force: true })
    }
  }
}

/** Bytes that are no UTF-8 stand for nothing, also where text with replaced characters would be an event. */
function textOf(raw: Buffer): string {
  return isUtf8(raw) ? raw.toString('utf8') : ''
}

function doubtfulOf(batch: RecordBatch, isWanted: (offset: number) => boolean): DoubtfulRecord[] {
  const indexes: number[] = []
  for (let index = 0; index < batch.count; index++) {
    if (isWanted(offsetAt(batch, index))) indexes.push(index)
  }
  const raws = valuesAt(batch, indexes)
  return indexes.map(index => ({
    partition: batch.partition,
    offset: offsetAt(batch, index),
    timestamp: batch.timestamps[index] ?? 0,
    raw: raws.next().value ?? Buffer.alloc(0),
  }))
}

function* groupsOf(batches: readonly RecordBatch[]): Generator<RecordBatch[]> {
  let group: RecordBatch[] = []
  let size = 0
  for (const part of batches.flatMap(batch => [...splitBySize(batch, groupSizeMax)])) {
    if (size > 0 && size + sizeOf(part) > groupSizeMax) {
      yield group
      group = []
      size = 0
    }
    group.push(part)
    size += sizeOf(part)
  }
  if (countOf(group) > 0) yield group
}

function placeOf({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}/${offset}`
}

function countOf(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.count, 0)
}
