import { exactText } from './exact-text.ts'
import type { Result, ResultColumn, Value } from './result.ts'

/** Writes the values of one column for reading: thousands apart, doubles with the same digits in every row, if that does. */
export type ColumnFormat = (value: Value) => string

const sampleRowsMax = 200
const identifierName = /(^|_)(id|ids|key|code|zip|year|offset|partition|version|port|number|no)$/i
const digitsMax = 6
/** Of a value: what rounding may take from it or add to it. */
const errorShareMax = 0.005

export function columnFormat(column: ResultColumn, result: Pick<Result, 'rows'>): ColumnFormat {
  const isIdentifier = identifierName.test(column.name)
  if (column.kind === 'integer') {
    return value => (isIdentifier ? exactText(value, column) : grouped(exactText(value, column)))
  }
  if (column.kind === 'decimal') return value => grouped(exactText(value, column))
  if (column.kind !== 'double') return value => exactText(value, column)
  const digits = doubleDigits(column, Math.min(result.rows, sampleRowsMax))
  return value => (typeof value === 'number' ? faithfulText(value, digits) : String(value ?? ''))
}

/** A number with the digits of its column, or with more where it would look like quite another one. */
function faithfulText(value: number, digits: number): string {
  const error = Math.abs(Number(value.toFixed(digits)) - value)
  const isFaithful = error <= Math.abs(value) * errorShareMax && (digits > 0 || error === 0)
  if (isFaithful || !Number.isFinite(value)) return doubleText(value, digits)
  const significant = digitsMax - 1 - Math.floor(Math.log10(Math.abs(value)))
  const text = doubleText(value, Math.min(Math.max(significant, 2), 20))
  return text.includes('e') ? text : text.replace(/\.?0+$/, '')
}

/** Writes a number with at most as many digits after the point, and its thousands apart. */
export function doubleText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e15 || size < 10 ** -digitsMax)) return value.toExponential(4)
  return grouped(value.toFixed(digits))
}

/** Puts commas between the thousands of a number in text. */
export function grouped(text: string): string {
  const point = text.indexOf('.')
  const whole = point < 0 ? text : text.slice(0, point)
  if (!/^-?\d{4,}$/.test(whole)) return text
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (point < 0 ? '' : text.slice(point))
}

/** Digits that a column's doubles need, as far as they say something at their size. */
function doubleDigits(column: ResultColumn, rows: number): number {
  let needed = 0
  let largest = 0
  for (let row = 0; row < rows; row += 1) {
    const value = column.at(row)
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    largest = Math.max(largest, Math.abs(value))
    needed = Math.max(needed, digitsOf(value))
  }
  const useful = largest >= 100 ? 2 : largest >= 1 ? 4 : digitsMax
  return Math.min(needed, useful)
}

function digitsOf(value: number): number {
  const text = String(value)
  if (text.includes('e')) return digitsMax
  const point = text.indexOf('.')
  return point < 0 ? 0 : Math.min(digitsMax, text.length - point - 1)
}
