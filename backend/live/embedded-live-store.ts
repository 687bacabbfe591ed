import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../base/clock.ts'
import { invariant } from '../base/invariant.ts'
import { LevelDatabase, type LevelOperation, type OrderedDatabase } from '../base/level-database.ts'
import { decodeCellKey, encodeCellKey, rowRange, rowsRange, splitColumn } from './cell-key.ts'
import { CellSweep } from './cell-sweep.ts'
import { CellVisibility, deleteMark } from './cell-visibility.ts'
import {
  type Cell,
  checkCondition,
  type LiveStore,
  type ReadFilter,
  type Row,
  type RowCondition,
  type ScanOptions,
  type TableSettings,
} from './live-store.ts'

const getsAtATime = 16
const rowsPerBatch = 200
/** Holds the settings of every table, in a row of its name. */
const settingsTable = '.tables'
const settingsColumn = 'd:settings'

/** The live store of the embedded profile: one LevelDB key a cell, in HBase's order and with its rules. */
export class EmbeddedLiveStore implements LiveStore {
  readonly compressesValues = true
  readonly deletesCheaply = true
  readonly #database: OrderedDatabase
  readonly #clock: Clock
  readonly #tables = new Map<string, TableSettings>()
  readonly #sweep: CellSweep
  #checks: Promise<unknown> = Promise.resolve()

  private constructor(database: OrderedDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#sweep = new CellSweep({ database, clock, settingsOf: table => this.#settingsOf(table) })
  }

  /** @throws Failure `home-in-use` when another process has the folder open */
  static async open(folder: string, clock: Clock): Promise<EmbeddedLiveStore> {
    return EmbeddedLiveStore.over(await LevelDatabase.open(folder), clock)
  }

  static async over(database: OrderedDatabase, clock: Clock): Promise<EmbeddedLiveStore> {
    const store = new EmbeddedLiveStore(database, clock)
    await store.#readSettings()
    return store
  }

  async ensureTable(table: string, settings: TableSettings): Promise<void> {
    const before = this.#tables.get(table)
    const after = { ...before, ...settings }
    this.#tables.set(table, after)
    if (isDeepStrictEqual(before, after)) return
    const value = Buffer.from(JSON.stringify(after))
    const key = { row: Buffer.from(table), column: settingsColumn, timestamp: 0 }
    await this.#database.write([{ type: 'put', key: encodeCellKey(settingsTable, key), value }])
  }

  async families(table: string): Promise<readonly string[] | undefined> {
    const settings = this.#tables.get(table)
    return settings && Object.keys(settings)
  }

  async put(table: string, rows: readonly Row[]): Promise<void> {
    this.#settingsOf(table)
    const operations: LevelOperation[] = []
    for (const { key, cells } of rows) {
      for (const cell of cells) {
        this.#family(table, cell.column)
        operations.push({
          type: 'put',
          key: encodeCellKey(table, { row: key, column: cell.column, timestamp: cell.timestamp }),
          value: cell.value,
        })
      }
    }
    await this.#database.write(operations)
    this.#sweep.changed(table, operations.length)
    await this.#sweep.goOn(operations.length)
  }

  async get(table: string, key: Buffer, filter: ReadFilter = {}): Promise<Row | undefined> {
    this.#settingsOf(table)
    const reader = new RowReader(this.#tables.get(table) ?? {}, filter, this.#clock.now())
    for await (const [encoded, value] of this.#database.entries(rowRange(table, key))) {
      reader.add(encoded, value)
    }
    return reader.take()
  }

  async *getMany(
    table: string,
    keys: readonly Buffer[],
    filter?: ReadFilter,
  ): AsyncGenerator<readonly Row[]> {
    for (let at = 0; at < keys.length; at += getsAtATime) {
      const some = keys.slice(at, at + getsAtATime)
      const rows = await Promise.all(some.map(key => this.get(table, key, filter)))
      yield rows.filter(row => row !== undefined)
    }
  }

  async *scan(table: string, options: ScanOptions = {}): AsyncGenerator<readonly Row[]> {
    const settings = this.#settingsOf(table)
    const reader = new RowReader(settings, options, this.#clock.now())
    const rowsMax = options.rowsMax ?? Infinity
    let found = 0
    let batch: Row[] = []
    const range = rowsRange(table, options.start, options.end)
    for await (const [encoded, value] of this.#database.entries(range)) {
      options.signal?.throwIfAborted()
      const row = reader.add(encoded, value)
      if (row === undefined) continue
      batch.push(row)
      if (++found >= rowsMax) break
      if (batch.length < rowsPerBatch) continue
      yield batch
      batch = []
    }
    const last = found < rowsMax ? reader.take() : undefined
    if (last !== undefined) batch.push(last)
    if (batch.length > 0) yield batch
  }

  async checkAndPut(table: string, condition: RowCondition, row: Row): Promise<boolean> {
    checkCondition(condition, row)
    const checked = this.#checks.then(async () => {
      const current = await this.get(table, row.key, { columns: [condition.column] })
      const value = current?.cells[0]?.value
      const isMet =
        condition.expected === undefined
          ? value === undefined
          : value !== undefined && condition.expected.equals(value)
      if (isMet) await this.put(table, [row])
      return isMet
    })
    this.#checks = checked.catch(() => {})
    return checked
  }

  async deleteRows(table: string, keys: readonly Buffer[]): Promise<void> {
    this.#settingsOf(table)
    const timestamp = this.#clock.now()
    const operations: LevelOperation[] = []
    for (const row of keys) {
      for await (const encoded of this.#database.keys(rowRange(table, row))) {
        if (decodeCellKey(encoded).timestamp <= timestamp) {
          operations.push({ type: 'del', key: encoded })
        }
      }
      operations.push({
        type: 'put',
        key: encodeCellKey(table, { row, column: deleteMark, timestamp }),
        value: Buffer.alloc(0),
      })
    }
    await this.#database.write(operations)
    this.#sweep.changed(table, operations.length)
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  async #readSettings(): Promise<void> {
    const range = rowsRange(settingsTable, undefined, undefined)
    for await (const [key, value] of this.#database.entries(range)) {
      this.#tables.set(decodeCellKey(key).row.toString(), JSON.parse(value.toString()))
    }
  }

  #settingsOf(table: string): TableSettings {
    const settings = this.#tables.get(table)
    invariant(settings !== undefined, `the live table ${table} was ensured`)
    return settings
  }

  #family(table: string, column: string): void {
    const [family] = splitColumn(column)
    invariant(this.#settingsOf(table)[family] !== undefined, `${table} has the family ${family}`)
  }
}

/** Gathers cells, which come in key order, into rows. */
class RowReader {
  readonly #visibility: CellVisibility
  readonly #filter: ReadFilter
  #key: Buffer | undefined
  #cells: Cell[] = []
  #column = ''
  #versions = 0

  constructor(settings: TableSettings, filter: ReadFilter, now: number) {
    this.#visibility = new CellVisibility(settings, now)
    this.#filter = filter
  }

  /** Answers the row before, when this cell begins a new one. */
  add(encoded: Buffer, value: Buffer): Row | undefined {
    const cell = decodeCellKey(encoded)
    const finished =
      this.#key !== undefined && !this.#key.equals(cell.row) ? this.take() : undefined
    this.#key = cell.row
    if (this.#visibility.isVisible(cell) && this.#passes(cell)) {
      this.#cells.push({ column: cell.column, timestamp: cell.timestamp, value })
    }
    return finished
  }

  /** The row gathered so far, or undefined when none of its cells passed. */
  take(): Row | undefined {
    const row =
      this.#key !== undefined && this.#cells.length > 0
        ? { key: this.#key, cells: this.#cells }
        : undefined
    this.#key = undefined
    this.#cells = []
    this.#column = ''
    return row
  }

  #passes({ column, timestamp }: { column: string; timestamp: number }): boolean {
    const { columns, timestamps, versionsMax = 1 } = this.#filter
    if (columns && !columns.includes(column) && !columns.includes(splitColumn(column)[0])) {
      return false
    }
    if (timestamps && (timestamp < timestamps.from || timestamp >= timestamps.to)) return false
    if (column !== this.#column) {
      this.#column = column
      this.#versions = 0
    }
    return ++this.#versions <= versionsMax
  }
}
