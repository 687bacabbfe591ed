import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { systemClock } from '../../backend/base/clock.ts'
import { openDuckDb } from '../../backend/base/duckdb.ts'
import { deadLetterColumns } from '../../backend/events/dead-letter-table.ts'
import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import { offsetAt, type RecordBatch, valuesAt } from '../../backend/events/record-batch.ts'
import { partitionCountOf, type StreamDefinition } from '../../backend/events/stream-definition.ts'
import { openParquetFiles, openTables } from '../../backend/ingest/open-tables.ts'
import type { DeltaTable } from '../../backend/lake/delta-table.ts'
import { LocalLake } from '../../backend/lake/local-lake.ts'
import { scanSql } from '../../backend/lake/scan.ts'
import { topic } from './columns.ts'
import { Digest } from './digest.ts'
import { meaningOf } from './reference.ts'

export interface Books {
  readonly offsets: number
  readonly rows: number
  readonly deadLetters: number
  /** Rows or dead letters whose meaning the reference left to the decoder. */
  readonly unsure: number
  readonly reasons: ReadonlyMap<string, number>
  /** Of the values in the log. */
  readonly digest: Digest
  /** What is wrong, the first of it. */
  readonly faults: readonly string[]
  readonly faultCount: number
}

const shownFaultsMax = 20
type Row = Record<string, string | null>

/** Holds each offset of a log against the lake: one row or one dead letter, with the meaning or the bytes of the event. */
export async function auditBooks(home: string, definition: StreamDefinition): Promise<Books> {
  const log = await EmbeddedEventLog.open(join(home, 'log'), systemClock)
  const spillFolder = join(home, 'spill')
  const duckDb = await openDuckDb({ threads: 2, memoryBytesMax: 2 ** 31, spillFolder })
  const audit = new Audit(await duckDb.connect(), definition)
  try {
    const lake = await LocalLake.open(join(home, 'lake'))
    const settings = { targetBytes: 0, fanIn: 4, checkpointEveryVersions: 0, historyMs: 0 }
    const tables = await openTables(
      [definition],
      { lake, clock: systemClock, openFiles: () => openParquetFiles(duckDb) },
      settings,
    )
    const own = tables.byStream.get(topic)
    if (own) await audit.load(lake, own.events, own.deadLetters)
    for (let partition = 0; partition < partitionCountOf(definition); partition++) {
      for await (const batch of batchesOf(log, partition)) await audit.check(batch)
    }
    return await audit.books()
  } finally {
    await log.close()
    duckDb.closeSync()
  }
}

async function* batchesOf(log: EmbeddedEventLog, partition: number): AsyncGenerator<RecordBatch> {
  let position = 0
  for (;;) {
    const options = { bytesMax: 4 << 20, waitMsMax: 0 }
    const { batches } = await log.read(topic, new Map([[partition, position]]), options)
    if (batches.length === 0) return
    yield* batches
    position = batches.at(-1)?.nextOffset ?? position
  }
}

class Audit {
  readonly #connection: DuckDBConnection
  readonly #definition: StreamDefinition
  readonly #digest = new Digest()
  readonly #reasons = new Map<string, number>()
  readonly #faults: string[] = []
  #faultCount = 0
  #offsets = 0
  #rows = 0
  #deadLetters = 0
  #unsure = 0

  constructor(connection: DuckDBConnection, definition: StreamDefinition) {
    this.#connection = connection
    this.#definition = definition
  }

  async load(lake: LocalLake, events: DeltaTable, deadLetters: DeltaTable): Promise<void> {
    const scanOf = async (
      table: DeltaTable,
      columns: readonly { name: string; type: string }[],
    ) => {
      const paths = [...table.snapshot.files.keys()].map(path => table.filePath(path))
      return scanSql(await lake.localFiles(table.name, paths), columns)
    }
    const places = [
      { name: '_partition', type: 'INTEGER' },
      { name: '_offset', type: 'BIGINT' },
    ]
    const rows = await scanOf(events, [...this.#definition.columns, ...places])
    const letters = await scanOf(deadLetters, deadLetterColumns)
    await this.#connection.run(`CREATE TABLE rows AS FROM (${rows}) ORDER BY _partition, _offset`)
    await this.#connection.run(
      `CREATE TABLE letters AS SELECT log_partition AS _partition, log_offset AS _offset, reason, detail, hex(raw) AS raw
       FROM (${letters}) ORDER BY 1, 2`,
    )
  }

  async check(batch: RecordBatch): Promise<void> {
    const rows = await this.#within('rows', batch)
    const letters = await this.#within('letters', batch)
    const values = valuesAt(
      batch,
      Array.from({ length: batch.count }, (_, index) => index),
    )
    let index = 0
    for (const value of values) {
      const offset = String(offsetAt(batch, index++))
      this.#digest.add(value)
      this.#offsets++
      const found = [...(rows.get(offset) ?? []), ...(letters.get(offset) ?? [])]
      const [one] = found
      const place = `${batch.partition}/${offset}`
      if (!one || found.length !== 1) this.#fault(place, `it is there ${found.length} times`, value)
      else if (letters.has(offset)) this.#checkLetter(place, one, value)
      else this.#checkRow(place, one, value)
    }
  }

  /** What lies beyond the log's offsets is a fault as well. */
  async books(): Promise<Books> {
    const counted = await this.#connection.runAndReadAll(
      'SELECT (SELECT count(*) FROM rows)::INT, (SELECT count(*) FROM letters)::INT',
    )
    const [rows, letters] = counted.getRowsJS()[0] as [number, number]
    if (rows !== this.#rows || letters !== this.#deadLetters) {
      this.#fault('all', `the lake has ${rows} rows and ${letters} dead letters`, Buffer.alloc(0))
    }
    return {
      offsets: this.#offsets,
      rows: this.#rows,
      deadLetters: this.#deadLetters,
      unsure: this.#unsure,
      reasons: this.#reasons,
      digest: this.#digest,
      faults: this.#faults,
      faultCount: this.#faultCount,
    }
  }

  #checkLetter(place: string, letter: Row, value: Buffer): void {
    this.#deadLetters++
    const reason = letter.reason ?? ''
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
    if (reason === '' || !letter.detail) this.#fault(place, 'it has no reason', value)
    if (!rawOf(letter.raw ?? '', value).equals(value)) this.#fault(place, 'its raw value', value)
    const { outcome } = meaningOf(value, this.#definition)
    if (outcome === 'unsure') this.#unsure++
    if (outcome === 'row') this.#fault(place, `a dead letter: ${letter.detail}`, value)
  }

  #checkRow(place: string, row: Row, value: Buffer): void {
    this.#rows++
    const { outcome, values } = meaningOf(value, this.#definition)
    if (outcome === 'unsure') this.#unsure++
    if (outcome === 'dead letter') this.#fault(place, 'it is a row', value)
    for (const [column, expected] of values) {
      const found = row[column] ?? null
      if (found === expected || isSameNumber(found, expected)) continue
      this.#fault(place, `${column} is ${found}, not ${expected}`, value)
    }
  }

  #fault(place: string, what: string, value: Buffer): void {
    this.#faultCount++
    if (this.#faults.length >= shownFaultsMax) return
    this.#faults.push(`${place}: ${what} of ${value.subarray(0, 300).toString('utf8')}`)
  }

  /** Offset → what the table has of it, as text. */
  async #within(table: string, batch: RecordBatch): Promise<Map<string, Row[]>> {
    const read = await this.#connection.runAndReadAll(
      `SELECT '=' || COLUMNS(*)::VARCHAR FROM (FROM ${table}
       WHERE _partition = ${batch.partition} AND _offset >= ${batch.firstOffset} AND _offset < ${batch.nextOffset})`,
    )
    const found = new Map<string, Row[]>()
    for (const marked of read.getRowObjectsJS() as Row[]) {
      const row = unmarked(marked)
      const offset = row._offset ?? ''
      found.set(offset, [...(found.get(offset) ?? []), row])
    }
    return found
  }
}

function isSameNumber(found: string | null, expected: string | null): boolean {
  return found !== null && expected !== null && /[.e]/.test(found) && +found === +expected
}

/** Of text that begins with a byte order mark the client would drop it. */
function unmarked(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, text]) => [name, text === null ? null : text.slice(1)]),
  )
}

/** The bytes of a dead letter's value, however they are shown. */
function rawOf(hex: string, value: Buffer): Buffer {
  const shown = Buffer.from(hex, 'hex').toString('utf8')
  const isHex = shown.startsWith('hex:') && !value.subarray(0, 4).equals(Buffer.from('hex:'))
  return isHex ? Buffer.from(shown.slice(4), 'hex') : Buffer.from(shown)
}
