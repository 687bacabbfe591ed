import type { ResultColumn, Value } from './result.ts'

export interface RowSort {
  readonly column: number
  readonly direction: 'ascending' | 'descending'
}

/** The rows of a result in the order of one column; nulls stand last both ways, equal rows stay as they were. */
export function sortRows(
  column: ResultColumn,
  rows: number,
  direction: RowSort['direction'],
): Uint32Array {
  const keys = Array.from({ length: rows }, (_, row) => sortKey(column.at(row)))
  const sign = direction === 'ascending' ? 1 : -1
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  return order.sort((a, b) => compareKeys(keys[a] ?? null, keys[b] ?? null, sign) || a - b)
}

/** The sort that a click on a header leads to: up, down, as it came. */
export function nextSort(sort: RowSort | null, column: number): RowSort | null {
  if (sort?.column !== column) return { column, direction: 'ascending' }
  return sort.direction === 'ascending' ? { column, direction: 'descending' } : null
}

type SortKey = null | string | number | bigint

function sortKey(value: Value): SortKey {
  if (typeof value === 'bigint') return safeNumber(value)
  if (typeof value === 'boolean') return Number(value)
  if (value instanceof Float64Array) return intervalKey(value)
  if (value instanceof Uint8Array)
    return Array.from(value, byte => String.fromCharCode(byte)).join('')
  return value
}

/** A bigint as a number where nothing is lost: numbers compare faster. */
function safeNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function intervalKey([months = 0, days = 0, nanos = 0]: Float64Array): number {
  return (months * 30 + days) * 86_400 + nanos / 1e9
}

function compareKeys(a: SortKey, b: SortKey, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (Number.isNaN(a) || Number.isNaN(b))
    return sign * (Number(Number.isNaN(a)) - Number(Number.isNaN(b)))
  if (a < b) return -sign
  return a > b ? sign : 0
}
