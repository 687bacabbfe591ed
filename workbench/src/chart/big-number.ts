import { columnFormat, doubleText } from '../result/column-format.ts'
import { isNumeric, isTemporal } from '../result/column-kind.ts'
import { exactText } from '../result/exact-text.ts'
import type { Result, ResultColumn } from '../result/result.ts'
import { chartValue } from './chart-data.ts'

/** A number to be read across the room, with what the result says beside it. */
export interface BigNumber {
  readonly label: string
  readonly text: string
  readonly change: NumberChange | null
  /** Earlier values up to this one, for a sparkline; empty when there are none. */
  readonly series: readonly number[]
}

export interface NumberChange {
  readonly direction: 'up' | 'down' | 'none'
  readonly text: string
  /** What it is compared with. */
  readonly since: string
}

const previousName =
  /^(previous|before|last|prior|yesterday|earlier|compared?)(_|$)|_(previous|before|prior|ago)$/i
const shareName = /(^|_)(pct|percent|percentage)$/i

/**
 * Reads a result as one number: the first number of its last row. Rows over time are its sparkline, and the row before
 * is what it is compared with; in a result of one row, a column named like `previous` is. Null when it has no number.
 */
export function bigNumber(result: Result): BigNumber | null {
  const column = result.columns.find(entry => isNumeric(entry.kind))
  if (!column || result.rows === 0) return null
  const last = result.rows - 1
  return {
    label: column.name,
    text: numberText(column, result, last),
    change: changeOf(column, result, last),
    series: isSeries(result) ? seriesOf(column, result) : [],
  }
}

function isSeries(result: Result): boolean {
  return result.rows > 1 && result.columns.some(column => isTemporal(column.kind))
}

function numberText(column: ResultColumn, result: Result, row: number): string {
  const value = column.at(row)
  if (value === null) return '–'
  const text = columnFormat({ ...column, name: '' }, result)(value)
  return shareName.test(column.name) ? `${text} %` : text
}

function changeOf(column: ResultColumn, result: Result, last: number): NumberChange | null {
  const previous = result.columns.find(entry => entry !== column && previousName.test(entry.name))
  const now = numberAt(column, last)
  if (previous && isNumeric(previous.kind)) {
    return compare(now, numberAt(previous, last), previous.name.replaceAll('_', ' '))
  }
  if (!isSeries(result)) return null
  const time = result.columns.find(entry => isTemporal(entry.kind))
  return compare(now, numberAt(column, last - 1), time ? exactText(time.at(last - 1), time) : '')
}

function compare(now: number | null, before: number | null, since: string): NumberChange | null {
  if (now === null || before === null || before === 0) return null
  const share = (now - before) / Math.abs(before)
  const size = Math.abs(share * 100)
  const text = `${doubleText(size, size < 10 ? 1 : 0)} %`
  if (size < 0.05) return { direction: 'none', text: '0 %', since }
  return { direction: share > 0 ? 'up' : 'down', text, since }
}

function seriesOf(column: ResultColumn, result: Result): number[] {
  const values = Array.from({ length: result.rows }, (_, row) => numberAt(column, row))
  return values.filter(value => value !== null)
}

function numberAt(column: ResultColumn, row: number): number | null {
  const value = chartValue(column.at(row), column)
  return value === null ? null : Number(value)
}
