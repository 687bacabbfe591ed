import { invariant } from '../base/invariant.ts'

/** One value of a row. Among versions of one column the highest timestamp is the newest. */
export interface Cell {
  /** `family:qualifier`. */
  readonly column: string
  /** Milliseconds since the epoch, or any other number that grows, such as an offset. */
  readonly timestamp: number
  readonly value: Buffer
}

/** Cells ordered by family, qualifier, and newest version first. */
export interface Row {
  readonly key: Buffer
  readonly cells: readonly Cell[]
}

export interface FamilySettings {
  /** How many versions of a column are kept. */
  readonly versionsMax: number
  /** Cells whose timestamp lies further back than this are gone; undefined keeps them. */
  readonly ttlMsMax?: number | undefined
}

/** Family name → how it keeps its cells. */
export type TableSettings = Readonly<Record<string, FamilySettings>>

export interface ReadFilter {
  /** `family` for all its columns, or `family:qualifier`; all columns when absent. */
  readonly columns?: readonly string[] | undefined
  /** Only cells with `from ≤ timestamp < to`; versions beyond those that are kept may still show for a while. */
  readonly timestamps?: { readonly from: number; readonly to: number } | undefined
  /** How many versions of each column at most; 1 when absent. */
  readonly versionsMax?: number | undefined
}

export interface ScanOptions extends ReadFilter {
  /** Row keys from `start` on, below `end`; unbounded where absent. */
  readonly start?: Buffer | undefined
  readonly end?: Buffer | undefined
  readonly rowsMax?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RowCondition {
  /** One of the columns that are put, with a qualifier that is not empty. */
  readonly column: string
  /** The value that the newest version must have, not empty; undefined: there must be no cell. */
  readonly expected: Buffer | undefined
}

/**
 * Sorted rows of versioned cells for random access: HBase, or its embedded stand-in. Writing a cell again under the same
 * timestamp replaces it, so every write may be repeated.
 */
export interface LiveStore {
  /** Whether it compresses what it keeps; if not, large values should come compressed. */
  readonly compressesValues: boolean
  /** Whether many rows can be deleted for little; if not, let their cells expire. */
  readonly deletesCheaply: boolean
  /** Creates the table if it is absent; families that it lacks are added. */
  ensureTable(table: string, settings: TableSettings): Promise<void>
  /** Names of the table's families, whoever made it; undefined when there is no such table. */
  families(table: string): Promise<readonly string[] | undefined>
  /** Resolves when the cells survive a crash of this process. Each row is written whole or not at all. */
  put(table: string, rows: readonly Row[]): Promise<void>
  get(table: string, key: Buffer, filter?: ReadFilter): Promise<Row | undefined>
  /** Those of the rows that are there, in the order of `keys`, some at a time, as `scan` gives them. */
  getMany(
    table: string,
    keys: readonly Buffer[],
    filter?: ReadFilter,
  ): AsyncGenerator<readonly Row[]>
  /** Rows in the order of their keys, some at a time; rows of which no cell passes the filter do not appear. */
  scan(table: string, options?: ScanOptions): AsyncGenerator<readonly Row[]>
  /** Puts the row if the condition holds in the same instant; answers whether it did. */
  checkAndPut(table: string, condition: RowCondition, row: Row): Promise<boolean>
  /** Removes all cells of the rows up to now; a later put of an older timestamp stays without effect for a while. */
  deleteRows(table: string, keys: readonly Buffer[]): Promise<void>
  close(): Promise<void>
}

/** The first key that does not begin with `prefix`, or undefined when there is none. */
export function endOfPrefix(prefix: Buffer): Buffer | undefined {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const byte = prefix[last] ?? 0
    if (byte === 0xff) continue
    const end = Buffer.from(prefix.subarray(0, last + 1))
    end[last] = byte + 1
    return end
  }
  return undefined
}

/** What HBase can compare, and so every store. */
export function checkCondition({ column, expected }: RowCondition, row: Row): void {
  invariant(!column.endsWith(':'), 'a check names a qualifier')
  invariant(expected?.length !== 0, 'a check tells an empty value from none')
  invariant(
    row.cells.some(cell => cell.column === column),
    'the checked column is one of those put',
  )
}
