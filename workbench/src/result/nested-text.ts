import { type DataType, TimeUnit, Type } from '@uwdata/flechette'
import { dateText, decimalText, timestampText } from './exact-text.ts'

/** A list, struct or map as JSON text with exact numbers; null stays null. */
export function nestedText(value: unknown, type: DataType): string | null {
  return value === null || value === undefined ? null : jsonText(value, type)
}

function jsonText(value: unknown, type: DataType): string {
  if (value === null || value === undefined) return 'null'
  switch (type.typeId) {
    case Type.Dictionary:
      return jsonText(value, type.dictionary)
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
      return listText(value, type.children[0]?.type)
    case Type.Struct:
      return structText(value as Record<string, unknown>, type)
    case Type.Map:
      return mapText(value, type)
    case Type.Decimal:
      return typeof value === 'bigint' ? decimalText(value, type.scale) : String(value)
    case Type.Timestamp:
      return quoted(timestampText(value as bigint, unitsPerSecond(type.unit)))
    case Type.Date:
      return quoted(dateText(value as number))
    default:
      return scalarText(value)
  }
}

function listText(value: unknown, item: DataType | undefined): string {
  const items = Array.from(value as ArrayLike<unknown>)
  return `[${items.map(entry => (item ? jsonText(entry, item) : scalarText(entry))).join(', ')}]`
}

function structText(
  value: Record<string, unknown>,
  type: Extract<DataType, { typeId: typeof Type.Struct }>,
): string {
  const members = type.children.map(field => {
    return `${quoted(field.name)}: ${jsonText(value[field.name], field.type)}`
  })
  return `{${members.join(', ')}}`
}

function mapText(value: unknown, type: Extract<DataType, { typeId: typeof Type.Map }>): string {
  const entry = type.children[0]?.type
  const [keyType, valueType] = entry && 'children' in entry ? entry.children : []
  const members = Array.from(value as Iterable<[unknown, unknown]>, ([key, item]) => {
    const name = keyType ? jsonText(key, keyType.type) : scalarText(key)
    const text = valueType ? jsonText(item, valueType.type) : scalarText(item)
    return `${name.startsWith('"') ? name : quoted(name)}: ${text}`
  })
  return `{${members.join(', ')}}`
}

function scalarText(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? String(value) : quoted(String(value))
  if (typeof value === 'string') return quoted(value)
  return quoted(ArrayBuffer.isView(value) ? String(value) : (JSON.stringify(value) ?? ''))
}

function unitsPerSecond(unit: number): number {
  if (unit === TimeUnit.SECOND) return 1
  if (unit === TimeUnit.MILLISECOND) return 1e3
  return unit === TimeUnit.MICROSECOND ? 1e6 : 1e9
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
