import { isNumeric, isTemporal } from '../result/column-kind.ts'
import { exactText } from '../result/exact-text.ts'
import type { Result, ResultColumn, Value } from '../result/result.ts'

export type ChartValue = null | string | number | boolean
export type ChartRow = Record<string, ChartValue>

/** Marks beyond this many can neither be told apart nor drawn while events arrive. */
export const chartRowsMax = 20_000

/** The first rows as Vega takes them. */
export function chartRows(result: Result): ChartRow[] {
  const rows: ChartRow[] = []
  const count = Math.min(result.rows, chartRowsMax)
  for (let row = 0; row < count; row += 1) {
    const entry: ChartRow = {}
    for (const column of result.columns) entry[column.name] = chartValue(column.at(row), column)
    rows.push(entry)
  }
  return rows
}

/** A value as a chart draws it: numbers as doubles, time as milliseconds, integers too large for a double as text. */
export function chartValue(value: Value, column: ResultColumn): ChartValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (column.kind === 'timestamp' && (typeof value === 'bigint' || typeof value === 'number')) {
    return (Number(value) / column.unitsPerSecond) * 1000
  }
  if (isTemporal(column.kind) && typeof value === 'number') return value
  if (column.kind === 'integer') return safeInteger(value)
  return isNumeric(column.kind) ? Number(exactText(value, column)) : exactText(value, column)
}

function safeInteger(value: Value): ChartValue {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}
