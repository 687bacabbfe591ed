import { isUtf8 } from 'node:buffer'
import type { StreamColumn, StreamDefinition } from '../../backend/events/stream-definition.ts'

/**
 * What an event means, worked out a second time without DuckDB: slowly, and with no number that JavaScript would round.
 * `unsure` stands for forms whose reading is the decoder's own, such as a number as text or a time without seconds.
 */
export interface Meaning {
  readonly outcome: 'row' | 'dead letter' | 'unsure'
  /** Column → its value as SQL text; columns whose text is the decoder's own are left out. */
  readonly values: ReadonlyMap<string, string | null>
}

type Value = { readonly text: string | null } | 'wrong' | 'unsure'

const deadLetter: Meaning = { outcome: 'dead letter', values: new Map() }
const unsure: Meaning = { outcome: 'unsure', values: new Map() }

export function meaningOf(raw: Buffer, definition: StreamDefinition): Meaning {
  if (raw.length === 0 || !isUtf8(raw)) return deadLetter
  const text = raw.toString('utf8')
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return deadLetter
  } catch {
    // The decoder is more lenient than JSON.parse.
    return /,\s*[}\]]|nan|inf|[\v\f]/i.test(text) ? unsure : deadLetter
  }
  if (/\\u[dD][89a-fA-F]/.test(text)) return unsure
  return meaningOfMembers(membersOf(text), definition)
}

function meaningOfMembers(
  members: ReadonlyMap<string, string>,
  { columns }: StreamDefinition,
): Meaning {
  let outcome: Meaning['outcome'] = columns.some(({ name }) => members.has(name))
    ? 'row'
    : 'dead letter'
  const values = new Map<string, string | null>()
  for (const column of columns) {
    const value = readValue(members.get(column.name) ?? 'null', column)
    if (value === 'wrong' || (value !== 'unsure' && value.text === null && column.required)) {
      return deadLetter
    }
    if (value !== 'unsure') values.set(column.name, value.text)
    else if (!['VARCHAR', 'JSON'].includes(column.type)) outcome = 'unsure'
  }
  return { outcome, values }
}

/** The members of an object by name, as the text of their values; of two with one name the first counts. */
function membersOf(json: string): Map<string, string> {
  const members = new Map<string, string>()
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs
  let depth = 0
  let key: string | undefined
  let start = 0
  for (const { 0: token, index } of json.matchAll(tokens)) {
    if (depth === 1 && key === undefined && token.startsWith('"')) key = JSON.parse(token) as string
    else if (depth === 1 && token === ':') start = index + 1
    else if (depth === 1 && (token === ',' || token === '}')) {
      if (key !== undefined && !members.has(key)) members.set(key, json.slice(start, index).trim())
      key = undefined
    }
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
  }
  return members
}

function readValue(json: string, { type }: StreamColumn): Value {
  if (json === 'null') return { text: null }
  const isString = json.startsWith('"')
  const text = isString ? (JSON.parse(json) as string) : json
  if (type === 'VARCHAR') return isString || isPlain(json) ? { text } : 'unsure'
  if (type === 'JSON') return isPlain(json) ? { text } : 'unsure'
  if (/^[[{]/.test(json)) return 'wrong'
  if (type === 'BIGINT') return integer(text, isString, 63n)
  if (type === 'INTEGER') return integer(text, isString, 31n)
  if (type === 'DOUBLE') return double(text, isString)
  if (type === 'BOOLEAN') return /^(true|false)$/.test(text) ? { text } : 'unsure'
  if (type === 'DATE') return date(text)
  return type === 'TIMESTAMP' ? timestamp(text) : decimal(text, isString)
}

function isPlain(json: string): boolean {
  return /^(0|-?[1-9]\d{0,17}|true|false)$/.test(json)
}

function integer(text: string, isString: boolean, bits: bigint): Value {
  if (!/\d/.test(text)) return ['true', 'false'].includes(text) ? 'unsure' : 'wrong'
  if (/^(0|-?[1-9]\d*)$/.test(text)) {
    const value = BigInt(text)
    return value >= -(1n << bits) && value < 1n << bits ? { text } : 'wrong'
  }
  const exact = isString || isBeyondDouble(text) ? undefined : scaled(text, 0)
  if (exact === undefined) return 'unsure'
  return exact === 'wrong' ? 'wrong' : integer(String(exact), false, bits)
}

function decimal(text: string, isString: boolean): Value {
  if (!/\d/.test(text)) return 'wrong'
  const hundredths = isString && !/^-?\d+(\.\d+)?$/.test(text) ? undefined : scaled(text, 2)
  if (hundredths === undefined || (!isString && isBeyondDouble(text))) return 'unsure'
  if (hundredths === 'wrong' || hundredths >= 10n ** 18n || hundredths <= -(10n ** 18n))
    return 'wrong'
  const size = String(hundredths < 0n ? -hundredths : hundredths).padStart(3, '0')
  return { text: `${hundredths < 0n ? '-' : ''}${size.slice(0, -2)}.${size.slice(-2)}` }
}

/** Whether a number with a fraction or an exponent may not be what a double keeps of it. */
function isBeyondDouble(text: string): boolean {
  return /[.eE]/.test(text) && (text.replace(/[-.]/g, '').length > 15 || Math.abs(+text) >= 1e15)
}

/** A number times a power of ten, if that is whole; undefined for one that is not written in a moderate way. */
function scaled(text: string, power: number): bigint | 'wrong' | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text) ?? []
  if (sign === undefined) return undefined
  const shift = Number(exponent) - fraction.length + power
  const digits = BigInt(`${sign}${whole}${fraction}`)
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  return digits % divisor === 0n ? digits / divisor : 'wrong'
}

function double(text: string, isString: boolean): Value {
  if (isString) return /\d/.test(text) || /inf|nan/i.test(text) ? 'unsure' : 'wrong'
  const value = Number(text)
  return Number.isFinite(value) ? { text: String(value) } : 'wrong'
}

function date(text: string): Value {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return 'unsure'
  return isDay(text) ? { text } : 'wrong'
}

function timestamp(text: string): Value {
  const [, day = '', time = '', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?(Z| UTC|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  if (day === '') return /\d/.test(text) || /epoch/i.test(text) ? 'unsure' : 'wrong'
  if (!isDay(day)) return 'wrong'
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number)
  const [zoneHour = 0, zoneMinute = 0] = zone.slice(1).split(':').map(Number)
  if (hour === 24 || zoneHour > 14 || zoneMinute > 59) return 'unsure'
  if (hour > 24 || minute > 59 || second > 59) return 'wrong'
  const instant = Date.parse(`${day}T${time}${zone.replace(' UTC', 'Z') || 'Z'}`)
  const year = new Date(instant).getUTCFullYear()
  if (year < 1000 || year > 9999) return 'unsure'
  const micros = fraction.replace(/\.?0*$/, '')
  return { text: new Date(instant).toISOString().slice(0, 19).replace('T', ' ') + micros }
}

function isDay(text: string): boolean {
  const instant = Date.parse(`${text}T00:00:00Z`)
  return Number.isFinite(instant) && new Date(instant).toISOString().startsWith(text)
}
