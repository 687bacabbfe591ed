import {
  DataType,
  type Decimal,
  type Field,
  type RecordBatch,
  RecordBatchReader,
  type Timestamp,
  TimeUnit,
  Vector,
} from 'apache-arrow'
import { sqlTypeKey } from './arrow-encoder.ts'

/** Turns an Arrow IPC stream into the text of a `JsonResult`, piece by piece. */
export async function* jsonOf(messages: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const reader = await RecordBatchReader.from(messages)
  await reader.open()
  yield `{"columns":${JSON.stringify(reader.schema.fields.map(columnOf))},"rows":[`
  let isFirst = true
  for await (const batch of reader) {
    const rows = rowsOf(batch)
    if (rows === '') continue
    yield isFirst ? rows : `,${rows}`
    isFirst = false
  }
  yield ']}\n'
}

export function columnOf(field: Field): { name: string; type: string } {
  return { name: field.name, type: field.metadata.get(sqlTypeKey) ?? String(field.type) }
}

function rowsOf(batch: RecordBatch): string {
  const columns = batch.schema.fields.map((_, index) => {
    const vector = batch.getChildAt(index)
    return vector === null ? () => 'null' : writerOf(vector)
  })
  const rows: string[] = []
  for (let row = 0; row < batch.numRows; row++) {
    rows.push(`[${columns.map(write => write(row)).join(',')}]`)
  }
  return rows.join(',')
}

type Writer = (row: number) => string

/** Writes the values of a vector as JSON: exact, and as a string where a JSON number would not be. */
function writerOf(vector: Vector): Writer {
  const write = valueWriter(vector)
  return row => (vector.isValid(row) ? write(row) : 'null')
}

function valueWriter(vector: Vector): Writer {
  const { type } = vector
  if (DataType.isInt(type)) return row => integer(BigInt(vector.get(row) as number | bigint))
  if (DataType.isFloat(type)) return row => float(vector.get(row) as number)
  if (DataType.isDecimal(type)) {
    return row => decimal(int128(vector.get(row) as Uint32Array), (type as Decimal).scale)
  }
  if (DataType.isDate(type)) return row => JSON.stringify(dayText(rawInt(vector, row)))
  if (DataType.isTimestamp(type)) {
    const { unit, timezone } = type as Timestamp
    const perSecond = unitsPerSecond[unit]
    return row =>
      JSON.stringify(instantText(rawInt(vector, row), perSecond) + (timezone ? 'Z' : ''))
  }
  if (DataType.isTime(type)) {
    return row => JSON.stringify(clockText(rawInt(vector, row), 1_000_000n))
  }
  if (DataType.isBinary(type)) {
    return row => JSON.stringify(Buffer.from(vector.get(row) as Uint8Array).toString('base64'))
  }
  if (DataType.isList(type)) return row => array(vector.get(row) as Vector)
  if (DataType.isMap(type)) return mapWriter(vector)
  if (DataType.isStruct(type)) return structWriter(vector)
  return row => JSON.stringify(vector.get(row))
}

function array(items: Vector): string {
  const write = writerOf(items)
  return `[${Array.from({ length: items.length }, (_, item) => write(item)).join(',')}]`
}

function structWriter(vector: Vector): Writer {
  const fields: readonly Field[] = vector.type.children
  const members = fields.map((field, index) => {
    const child = vector.getChildAt(index)
    return { name: JSON.stringify(field.name), write: child ? writerOf(child) : () => 'null' }
  })
  return row => `{${members.map(({ name, write }) => `${name}:${write(row)}`).join(',')}}`
}

/** A map is a list of its entries, because its keys need not be text. */
function mapWriter(vector: Vector): Writer {
  const [data] = vector.data
  const entries = data?.children[0]
  const [keys, values] = entries?.children ?? []
  if (!data || !keys || !values) return () => '[]'
  const [writeKey, writeValue] = [writerOf(new Vector([keys])), writerOf(new Vector([values]))]
  return row => {
    const parts: string[] = []
    for (let at = data.valueOffsets[row] ?? 0; at < (data.valueOffsets[row + 1] ?? 0); at++) {
      parts.push(`{"key":${writeKey(at)},"value":${writeValue(at)}}`)
    }
    return `[${parts.join(',')}]`
  }
}

function integer(value: bigint): string {
  const isExact = value <= 9007199254740991n && value >= -9007199254740991n
  return isExact ? String(value) : `"${value}"`
}

function float(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
}

function decimal(scaled: bigint, scale: number): string {
  const text = decimalText(scaled, scale)
  const digits = (scaled < 0n ? -scaled : scaled).toString().length
  return digits <= 15 ? text : `"${text}"`
}

/** A scaled integer as decimal digits, all `scale` of them after the point. */
export function decimalText(scaled: bigint, scale: number): string {
  const sign = scaled < 0n ? '-' : ''
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0')
  if (scale === 0) return sign + digits
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function int128(words: Uint32Array): bigint {
  const [a = 0, b = 0, c = 0, d = 0] = words
  const low = (BigInt(b) << 32n) | BigInt(a)
  const high = BigInt.asIntN(64, (BigInt(d) << 32n) | BigInt(c))
  return (high << 64n) | low
}

const unitsPerSecond: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
}

/** The stored integer of a date or a time, which Arrow's own getter would round to milliseconds. */
function rawInt(vector: Vector, row: number): bigint {
  const [data] = vector.data
  return BigInt((data?.values as BigInt64Array | Int32Array | undefined)?.[row] ?? 0)
}

function dayText(days: bigint): string {
  return new Date(Number(days) * 86_400_000).toISOString().split('T')[0] ?? ''
}

function instantText(units: bigint, perSecond: bigint): string {
  const perDay = 86_400n * perSecond
  const days = units >= 0n ? units / perDay : -((-units + perDay - 1n) / perDay)
  return `${dayText(days)}T${clockText(units - days * perDay, perSecond)}`
}

function clockText(units: bigint, perSecond: bigint): string {
  const seconds = units / perSecond
  const fraction = (units % perSecond).toString().padStart(perSecond.toString().length - 1, '0')
  const two = (value: bigint) => value.toString().padStart(2, '0')
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  const digits = perSecond === 1n ? '' : fraction.replace(/0+$/, '')
  return digits === '' ? clock : `${clock}.${digits}`
}
