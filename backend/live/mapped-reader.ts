import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { type KeyConditions, type KeyRange, keyRanges } from './key-ranges.ts'
import type { Cell, LiveStore, ReadFilter, Row } from './live-store.ts'
import { type MappedRow, RowPacker } from './packed-rows.ts'
import type { MappedColumn, TableMapping } from './table-mapping.ts'

/** What a statement needs of a mapped table. */
export interface MappedRequest {
  readonly mapping: TableMapping
  /** Cells to read, as `family:qualifier`. */
  readonly cells: readonly string[]
  /** Rows that fulfil one of them are needed; undefined: all rows. */
  readonly alternatives: readonly KeyConditions[] | undefined
  readonly rowsMax: number | undefined
}

const checkEveryMs = 10_000

/** Reads rows of tables in the live store by what a statement asks of their keys. */
export class MappedReader {
  readonly #store: LiveStore
  readonly #clock: Clock
  /** Table → when it was there: HBase has no rows where it has no table. */
  readonly #seen = new Map<string, number>()

  constructor(store: LiveStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /**
   * @returns the families of the table
   * @throws Failure `unknown-table`
   */
  async familiesOf(table: string): Promise<readonly string[]> {
    const families = await this.#store.families(table)
    if (families === undefined) {
      throw new Failure('unknown-table', `There is no table ${table} in HBase.`, {
        hint: 'Name it as HBase does, with its namespace: shop:profiles.',
      })
    }
    return families
  }

  /** Packed rows, as they come; the last ones may be none. */
  async *read(
    request: MappedRequest,
    signal: AbortSignal,
  ): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
    const packer = new RowPacker()
    for await (const row of this.rows(request, signal)) {
      const bytes = packer.add(row)
      if (bytes) yield { bytes, isLast: false }
    }
    yield { bytes: packer.take(), isLast: true }
  }

  async *rows(request: MappedRequest, signal: AbortSignal): AsyncGenerator<MappedRow> {
    const { mapping, cells, alternatives, rowsMax = Number.POSITIVE_INFINITY } = request
    await this.#check(mapping.table)
    const ranges = alternatives && keyRanges(mapping, alternatives)
    const columns = cells.length > 0 ? cells : undefined
    const filter = { columns, versionsMax: mapping.versionsMax }
    const toRows = new RowsOf(mapping, cells)
    let left = rowsMax
    for await (const rows of this.#found(mapping.table, ranges, filter, signal)) {
      for (const row of rows) {
        for (const mapped of toRows.of(row)) {
          if (left-- <= 0) return
          yield mapped
        }
      }
    }
  }

  async #check(table: string): Promise<void> {
    const now = this.#clock.now()
    if (now - (this.#seen.get(table) ?? 0) < checkEveryMs) return
    await this.familiesOf(table)
    this.#seen.set(table, now)
  }

  async *#found(
    table: string,
    ranges: readonly KeyRange[] | undefined,
    filter: ReadFilter,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Row[]> {
    const single = ranges?.filter(({ isRow }) => isRow).map(({ start }) => start) ?? []
    for await (const rows of this.#store.getMany(table, single, filter)) {
      signal.throwIfAborted()
      yield rows
    }
    const wide = ranges?.filter(({ isRow }) => !isRow) ?? [{ start: undefined, end: undefined }]
    for (const { start, end } of wide) {
      yield* this.#store.scan(table, { ...filter, start, end, signal })
    }
  }
}

/** Makes rows of SQL of rows of the live store. */
class RowsOf {
  readonly #mapping: TableMapping
  readonly #cells: readonly string[]
  readonly #required: readonly number[]

  constructor(mapping: TableMapping, cells: readonly string[]) {
    this.#mapping = mapping
    this.#cells = cells
    this.#required = mapping.columns.flatMap(column => {
      const index = cells.indexOf(requiredCell(column) ?? '')
      return index < 0 ? [] : [index]
    })
  }

  of({ key, cells }: Row): MappedRow[] {
    const isNewestOnly = this.#mapping.versionsMax === 1
    const groups = isNewestOnly ? [cells] : [...groupedByTimestamp(cells).values()]
    return groups.flatMap(group => {
      const values = this.#cells.map(
        cell => group.find(({ column }) => column === cell)?.value ?? null,
      )
      if (this.#required.some(index => values[index] === null)) return []
      return [{ key, timestamp: Math.max(...group.map(({ timestamp }) => timestamp)), values }]
    })
  }
}

/** The cells to read for some columns: rows that lack one that is required are none, so those are always read. */
export function neededCells(mapping: TableMapping, columns: readonly string[]): string[] {
  const required = mapping.columns.flatMap(column => requiredCell(column) ?? [])
  const wantsVersion = mapping.columns.some(
    ({ name, source }) => source.from === 'version' && columns.includes(name),
  )
  const isAll = required.length === 0 || wantsVersion || mapping.versionsMax > 1
  const asked = mapping.columns.filter(({ name }) => isAll || columns.includes(name))
  const cells = asked.flatMap(({ source }) => (source.from === 'cell' ? [source.cell] : []))
  return [...new Set([...cells, ...required])]
}

function requiredCell({ source }: MappedColumn): string | undefined {
  return source.from === 'cell' && source.isRequired ? source.cell : undefined
}

function groupedByTimestamp(cells: readonly Cell[]): Map<number, Cell[]> {
  const groups = new Map<number, Cell[]>()
  for (const cell of cells) {
    const group = groups.get(cell.timestamp)
    if (group) group.push(cell)
    else groups.set(cell.timestamp, [cell])
  }
  return new Map([...groups].sort(([a], [b]) => b - a))
}
