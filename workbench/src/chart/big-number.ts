import { doubleText, numberText } from '../result/column-format.ts'
import { isNumeric, isTemporal } from '../result/column-kind.ts'
import { exactText } from '../result/exact-text.ts'
import type { Result, ResultColumn } from '../result/result.ts'
import { sortRows } from '../result/sort-rows.ts'
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
 * Reads a result as one number: the first number of its latest row by time, or of its last where it has no time. Rows over
 * time are its sparkline, and the one before is what it is compared with, unless a column is named like `previous`. Null
 * when it has no number.
 */
export function bigNumber(result: Result): BigNumber | null {
  const column = result.columns.find(entry => isNumeric(entry.kind))
  if (!column || result.rows === 0) return null
  const time = result.columns.find(entry => isTemporal(entry.kind))
  const rows = time ? rowsOverTime(time, result.rows) : new Uint32Array()
  const row = rows.at(-1) ?? result.rows - 1
  const value = column.at(row)
  const before = previousIn(result, column, row) ?? (time ? rowBefore(column, time, rows) : null)
  return {
    label: column.name,
    text: value === null ? '–' : withSign(numberText(value, column), column.name),
    change: compare(numberAt(column, row), before),
    series: Array.from(rows, each => numberAt(column, each)).filter(each => each !== null),
  }
}

/** The rows that have a time, from the oldest to the latest. */
function rowsOverTime(time: ResultColumn, rows: number): Uint32Array {
  return sortRows(time, rows, 'ascending').subarray(0, rows - time.nullCount)
}

function withSign(text: string, name: string): string {
  return shareName.test(name) ? `${text} %` : text
}

/** A number that another one is compared with. */
interface Earlier {
  readonly value: number | null
  readonly since: string
}

function previousIn(result: Result, column: ResultColumn, row: number): Earlier | null {
  const previous = result.columns.find(
    entry => entry !== column && isNumeric(entry.kind) && previousName.test(entry.name),
  )
  return previous
    ? { value: numberAt(previous, row), since: previous.name.replaceAll('_', ' ') }
    : null
}

function rowBefore(column: ResultColumn, time: ResultColumn, rows: Uint32Array): Earlier | null {
  const row = rows.at(-2)
  return row === undefined
    ? null
    : { value: numberAt(column, row), since: exactText(time.at(row), time) }
}

function compare(now: number | null, before: Earlier | null): NumberChange | null {
  if (now === null || !before?.value) return null
  const { value, since } = before
  const share = (now - value) / Math.abs(value)
  const size = Math.abs(share * 100)
  const text = `${doubleText(size, size < 10 ? 1 : 0)} %`
  if (size < 0.05) return { direction: 'none', text: '0 %', since }
  return { direction: share > 0 ? 'up' : 'down', text, since }
}

function numberAt(column: ResultColumn, row: number): number | null {
  const value = chartValue(column.at(row), column)
  return value === null ? null : Number(value)
}
