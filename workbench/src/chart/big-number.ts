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
 * Reads a result as one number: the first number of its last row, of rows over time that of the latest. Rows over time
 * are its sparkline, and the row before is what it is compared with; in a result of one row, a column named like
 * `previous` is. Null when it has no number.
 */
export function bigNumber(result: Result): BigNumber | null {
  const column = result.columns.find(entry => isNumeric(entry.kind))
  if (!column || result.rows === 0) return null
  const time = result.columns.find(entry => isTemporal(entry.kind))
  const rows = time ? rowsInTime(time, result) : [result.rows - 1]
  const [last = 0, before] = [rows.at(-1), rows.at(-2)]
  return {
    label: column.name,
    text: numberText(column, last),
    change: changeOf(column, result, { last, before, time }),
    series: rows.length > 1 ? rows.flatMap(row => numberAt(column, row) ?? []) : [],
  }
}

/** Rows from the earliest to the latest; those without a time come first. */
function rowsInTime(time: ResultColumn, result: Result): number[] {
  const times = Array.from({ length: result.rows }, (_, row) => {
    const at = numberAt(time, row)
    return at === null || Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at
  })
  return [...times.keys()].sort((a, b) => compareTimes(times[a], times[b]) || a - b)
}

function compareTimes(a = 0, b = 0): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function numberText(column: ResultColumn, row: number): string {
  const value = column.at(row)
  if (value === null) return '–'
  const alone = { ...column, name: '', at: () => value }
  const text = columnFormat(alone, { rows: 1 })(value)
  return shareName.test(column.name) ? `${text} %` : text
}

interface Compared {
  readonly last: number
  readonly before: number | undefined
  readonly time: ResultColumn | undefined
}

function changeOf(
  column: ResultColumn,
  result: Result,
  { last, before, time }: Compared,
): NumberChange | null {
  const previous = result.columns.find(entry => entry !== column && previousName.test(entry.name))
  const now = numberAt(column, last)
  if (previous && isNumeric(previous.kind)) {
    return compare(now, numberAt(previous, last), previous.name.replaceAll('_', ' '))
  }
  if (before === undefined || time === undefined) return null
  return compare(now, numberAt(column, before), exactText(time.at(before), time))
}

function compare(now: number | null, before: number | null, since: string): NumberChange | null {
  if (now === null || before === null || before === 0) return null
  const share = (now - before) / Math.abs(before)
  const size = Math.abs(share * 100)
  const text = `${doubleText(size, size < 10 ? 1 : 0)} %`
  if (size < 0.05) return { direction: 'none', text: '0 %', since }
  return { direction: share > 0 ? 'up' : 'down', text, since }
}

function numberAt(column: ResultColumn, row: number): number | null {
  const value = chartValue(column.at(row), column)
  return value === null ? null : Number(value)
}
