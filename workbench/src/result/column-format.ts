import { exactText } from './exact-text.ts'
import type { Result, ResultColumn, Value } from './result.ts'

/** Writes the values of one column for reading: thousands apart, doubles with the same digits in every row. */
export type ColumnFormat = (value: Value) => string

const identifierName = /(^|_)(id|ids|key|code|zip|year|offset|partition|version|port|number|no)$/i
const digitsMax = 6
const digitsOfLarge = 2
/** A rounded value may be off by so much of itself; beyond that it is written with more digits than its column. */
const roundingErrorMax = 0.005

export function columnFormat(column: ResultColumn, result: Pick<Result, 'rows'>): ColumnFormat {
  const isIdentifier = identifierName.test(column.name)
  if (column.kind === 'integer' && isIdentifier) return value => exactText(value, column)
  if (column.kind !== 'double') return value => numberText(value, column)
  const digits = columnDigits(column, result.rows)
  return value => (typeof value === 'number' ? readableDouble(value, digits) : String(value ?? ''))
}

/** A number that stands alone: thousands apart, a double with the digits that it needs itself. */
export function numberText(value: Value, column: ResultColumn): string {
  if (column.kind === 'integer' || column.kind === 'decimal')
    return grouped(exactText(value, column))
  if (typeof value !== 'number' || column.kind !== 'double') return exactText(value, column)
  return readableDouble(value, Math.min(neededDigits(value, 0), usefulDigits(value)))
}

/** Writes a number with at most as many digits after the point, and its thousands apart. */
export function doubleText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e15 || size < 10 ** -digitsMax)) return value.toExponential(4)
  return grouped(value.toFixed(digits))
}

/** As the column is written, or with six digits of its own where that would be another number. */
function readableDouble(value: number, digits: number): string {
  const error = Math.abs(Number(value.toFixed(digits)) - value)
  const isMisread = Number.isFinite(value) && error > Math.abs(value) * roundingErrorMax
  return isMisread ? String(Number(value.toPrecision(6))) : doubleText(value, digits)
}

/** Puts commas between the thousands of a number in text. */
export function grouped(text: string): string {
  const point = text.indexOf('.')
  const whole = point < 0 ? text : text.slice(0, point)
  if (!/^-?\d{4,}$/.test(whole)) return text
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (point < 0 ? '' : text.slice(point))
}

const digitsOfColumns = new WeakMap<ResultColumn, number>()

/** Digits that the doubles of all rows need, as far as they say something at the size of the largest. */
function columnDigits(column: ResultColumn, rows: number): number {
  const known = digitsOfColumns.get(column)
  if (known !== undefined) return known
  const digits = countDigits(column, rows)
  digitsOfColumns.set(column, digits)
  return digits
}

function countDigits(column: ResultColumn, rows: number): number {
  let needed = 0
  let largest = 0
  for (let row = 0; row < rows; row += 1) {
    const value = column.at(row)
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    largest = Math.max(largest, Math.abs(value))
    needed = neededDigits(value, needed)
    if (needed >= digitsOfLarge && usefulDigits(largest) === digitsOfLarge) break
  }
  return Math.min(needed, usefulDigits(largest))
}

function usefulDigits(value: number): number {
  const size = Math.abs(value)
  if (size >= 100) return digitsOfLarge
  return size >= 1 ? 4 : digitsMax
}

/** How many digits after the point write the value in full, from so many on. */
function neededDigits(value: number, from: number): number {
  let digits = from
  while (digits < digitsMax && Math.round(value * 10 ** digits) / 10 ** digits !== value) {
    digits += 1
  }
  return digits
}
