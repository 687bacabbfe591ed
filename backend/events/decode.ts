import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf } from '../base/failure.ts'
import { invariant } from '../base/invariant.ts'
import { identifier } from '../base/sql.ts'
import { reasonOfUndecodable } from './dead-letter.ts'
import { carefulSql, quickSql, reasonSeparator, undecodable } from './decode-sql.ts'
import { offsetAt, type RecordBatch, valuesAt } from './record-batch.ts'
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

/** DuckDB keeps the order of lines within one read buffer of 32 MB. */
const linesBytesMax = 24 << 20

/**
 * Decodes records, one at least, into the rows of a new table. What does not fit the stream's definition comes back as
 * dead letters: every record becomes one or the other, and which one depends on its value alone. Not to be called within
 * a transaction, which a malformed value would abort.
 */
export async function decodeBatches(
  connection: DuckDBConnection,
  definition: StreamDefinition,
  batches: readonly RecordBatch[],
  options: DecodeOptions,
): Promise<DecodeResult> {
  const decoder = new Decoder(connection, definition, options)
  const deadLetters: DeadLetter[] = []
  for (const group of groupsOf(batches)) deadLetters.push(...(await decoder.decode(group)))
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
    const records = await this.#decodeQuickly(batches)
    return records.length === 0 ? [] : this.#decodeCarefully(records)
  }

  /** Answers the records in doubt; the others are rows. */
  async #decodeQuickly(batches: readonly RecordBatch[]): Promise<DoubtfulRecord[]> {
    const lines = batches.map(batch => batch.lines)
    const isDecoded = await this.#withFile(lines, async file => {
      try {
        return await this.#insert(quickSql(this.#definition, file, batches), countOf(batches))
      } catch (error) {
        // Lines that are JSON only when taken together make the reader give up on the file.
        if (!/Malformed JSON/.test(messageOf(error))) throw error
        return false
      }
    })
    if (!isDecoded) return batches.flatMap(batch => doubtfulOf(batch, () => true))
    const places = new Set((await this.#takeRefused()).map(row => placeOf(row)))
    if (places.size === 0) return []
    const records = batches.flatMap(batch =>
      doubtfulOf(batch, offset => places.has(placeOf({ partition: batch.partition, offset }))),
    )
    invariant(records.length === places.size, 'every row in doubt is a record of the batch')
    return records
  }

  async #decodeCarefully(records: readonly DoubtfulRecord[]): Promise<DeadLetter[]> {
    const lines = records.map(
      ({ partition, offset, raw }) =>
        `{"p":${partition},"o":${offset},"v":${JSON.stringify(raw.toString('utf8'))}}\n`,
    )
    const isDecoded = await this.#withFile(lines, file =>
      this.#insert(carefulSql(this.#definition, file), records.length),
    )
    invariant(isDecoded, 'each value by itself becomes one row')
    const reasons = new Map((await this.#takeRefused()).map(row => [placeOf(row), row.reason]))
    return records.flatMap(record => {
      const reason = reasons.get(placeOf(record))
      return reason === undefined ? [] : [this.#deadLetter(record, reason)]
    })
  }

  /** Answers whether the statement gave `count` rows; if not, none are kept. */
  async #insert(select: string, count: number): Promise<boolean> {
    const { table } = this.#options
    const target = this.#isTableMade ? identifier(`decoded ${randomUUID()}`) : table
    await this.#connection.run(`CREATE TABLE ${target} AS ${select}`)
    const counted = await this.#connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM ${target}`)
    if (counted.getRowsJS()[0]?.[0] !== count) {
      await this.#connection.run(`DROP TABLE ${target}`)
      return false
    }
    if (this.#isTableMade) {
      await this.#connection.run(`INSERT INTO ${table} SELECT * FROM ${target}`)
      await this.#connection.run(`DROP TABLE ${target}`)
    }
    this.#isTableMade = true
    return true
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

  async #withFile<T>(
    content: readonly (Buffer | string)[],
    use: (file: string) => Promise<T>,
  ): Promise<T> {
    const file = join(this.#options.scratchFolder, `${randomUUID()}.ndjson`)
    try {
      await writeFile(file, content as Iterable<string>)
      return await use(file)
    } finally {
      await rm(file, { force: true })
    }
  }
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
  let bytes = 0
  for (const batch of batches) {
    if (bytes > 0 && bytes + batch.lines.length > linesBytesMax) {
      yield group
      group = []
      bytes = 0
    }
    group.push(batch)
    bytes += batch.lines.length
  }
  if (countOf(group) > 0) yield group
}

function placeOf({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}/${offset}`
}

function countOf(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.count, 0)
}
