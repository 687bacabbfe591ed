import type { ResultColumn, Value } from './result.ts'

type ValueShape = Pick<ResultColumn, 'kind' | 'scale' | 'unitsPerSecond'>

/** A value in full, as it is copied and exported; null is empty. */
export function exactText(value: Value, shape: ValueShape): string {
  if (value === null || value === undefined) return ''
  switch (shape.kind) {
    case 'decimal':
      return typeof value === 'bigint' || Number.isInteger(value)
        ? decimalText(BigInt(value as bigint), shape.scale)
        : String(value)
    case 'date':
      return typeof value === 'number' ? dateText(value) : String(value)
    case 'timestamp':
      return isCount(value) ? timestampText(value, shape.unitsPerSecond) : String(value)
    case 'time':
      return isCount(value) ? timeText(BigInt(value), shape.unitsPerSecond) : String(value)
    case 'interval':
      return value instanceof Float64Array ? intervalText(value) : String(value)
    case 'binary':
      return value instanceof Uint8Array ? hexText(value) : String(value)
    default:
      return String(value)
  }
}

/** A decimal that is carried as an integer of its smallest parts. */
export function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return value.toString()
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** A day, given in milliseconds since 1970. */
export function dateText(ms: number): string {
  if (Math.abs(ms) > 8.64e15) return ms > 0 ? 'infinity' : '-infinity'
  const iso = new Date(ms).toISOString()
  return iso.slice(0, iso.indexOf('T'))
}

/** A point in time in UTC; the fraction of a second only when there is one. */
export function timestampText(value: bigint | number, unitsPerSecond: number): string {
  const count = BigInt(value)
  const units = BigInt(unitsPerSecond)
  const fraction = ((count % units) + units) % units
  const seconds = Number((count - fraction) / units)
  if (Math.abs(seconds) > 8.64e12) return seconds > 0 ? 'infinity' : '-infinity'
  const iso = new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', '')
  return iso + fractionText(fraction, unitsPerSecond)
}

function timeText(count: bigint, unitsPerSecond: number): string {
  const units = BigInt(unitsPerSecond)
  const seconds = Number(count / units)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map(twoDigits).join(':') + fractionText(count % units, unitsPerSecond)
}

function fractionText(fraction: bigint, unitsPerSecond: number): string {
  if (fraction === 0n) return ''
  const digits = Math.round(Math.log10(unitsPerSecond))
  return `.${fraction.toString().padStart(digits, '0').replace(/0+$/, '')}`
}

function intervalText([months = 0, days = 0, nanos = 0]: Float64Array): string {
  const parts = [
    counted(Math.trunc(months / 12), 'year'),
    counted(months % 12, 'month'),
    counted(days, 'day'),
  ].filter(Boolean)
  if (nanos !== 0 || parts.length === 0) {
    const micros = BigInt(Math.round(Math.abs(nanos) / 1000))
    parts.push((nanos < 0 ? '-' : '') + timeText(micros, 1e6))
  }
  return parts.join(' ')
}

function counted(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${Math.abs(count) === 1 ? '' : 's'}`
}

function hexText(bytes: Uint8Array): string {
  return `\\x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

function isCount(value: Value): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number'
}
