import type { ColumnKind } from './column-kind.ts'

/** Bytes that nobody shares. */
export type Bytes = Uint8Array<ArrayBuffer>

/** A value as the wire carries it: 64-bit integers and points in time as bigint, decimals as scaled bigint. */
export type Value = null | string | number | bigint | boolean | Uint8Array | Float64Array

export interface ResultColumn {
  readonly index: number
  readonly name: string
  readonly sqlType: string
  readonly kind: ColumnKind
  /** Digits after the point of a decimal. */
  readonly scale: number
  /** Parts of a second that a point in time or a time counts. */
  readonly unitsPerSecond: number
  readonly nullCount: number
  at(row: number): Value
}

/** A result, or the first rows of one. */
export interface Result {
  readonly columns: readonly ResultColumn[]
  readonly rows: number
  /** Rows of the whole result; null while they are being counted. */
  readonly rowsTotal: number | null
  /** What kept the rest back: the limit of rows, or that of bytes. */
  readonly cutBy: 'rows' | 'bytes' | null
  /** The Arrow IPC messages that it is read from. */
  readonly source: readonly Bytes[]
}

export interface ResultExtent {
  rowsTotal: number | null
  cutBy: Result['cutBy']
}

/** Such as `100,000 of 262,127 rows`, when that is not all of it. */
export function partText({ rows, rowsTotal }: Result): string {
  const total = rowsTotal === null ? 'more' : rowsTotal.toLocaleString('en')
  return `${rows.toLocaleString('en')} of ${total} rows`
}

/** Whether the result is here as a whole. */
export function isWhole(result: Result): boolean {
  return result.cutBy === null
}
