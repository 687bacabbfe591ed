import type { KeyPart, MappedColumn, TableMapping } from './table-mapping.ts'
import { keyParts } from './table-mapping.ts'
import { type CodedValue, ValueCodec } from './value-codec.ts'

/** One part of a row key, ready to be read and written. */
export interface KeyColumn {
  readonly column: MappedColumn
  readonly part: KeyPart
  readonly codec: ValueCodec
}

export function keyColumns(mapping: TableMapping): KeyColumn[] {
  return keyParts(mapping).map(column => ({
    column,
    part: column.source,
    codec: new ValueCodec(column.type, column.source.encoding),
  }))
}

/** The bytes of a part, with what ends it or fills it up; undefined when it cannot hold the value. */
export function encodePart({ part, codec }: KeyColumn, value: CodedValue): Buffer | undefined {
  const bytes = codec.encode(value)
  if (bytes === undefined) return undefined
  const { until, width } = part
  if (until !== undefined) {
    return bytes.includes(until) ? undefined : Buffer.concat([bytes, Buffer.from(until)])
  }
  if (width === undefined) return bytes
  return bytes.length > width ? undefined : Buffer.concat([bytes], width)
}

/** @returns the values of the parts, or the part that does not fit */
export function decodeKey(key: Buffer, columns: readonly KeyColumn[]): CodedValue[] | KeyColumn {
  const values: CodedValue[] = []
  let at = 0
  for (const [index, column] of columns.entries()) {
    const end = endOfPart(key, at, column, index === columns.length - 1)
    const value =
      end === undefined ? undefined : column.codec.decode(partBytes(key, at, end, column))
    if (end === undefined || value === undefined) return column
    values.push(value)
    at = end + Buffer.byteLength(column.part.until ?? '')
  }
  const last = columns.at(-1)
  return at < key.length && last ? last : values
}

/** Where the bytes of a part end, without what ends it. */
function endOfPart(
  key: Buffer,
  at: number,
  { part, codec }: KeyColumn,
  isLast: boolean,
): number | undefined {
  if (part.until !== undefined) {
    const end = key.indexOf(part.until, at)
    return end < 0 ? undefined : end
  }
  const bytes = part.width ?? codec.bytes
  if (bytes === undefined) return isLast ? key.length : undefined
  return at + bytes <= key.length ? at + bytes : undefined
}

function partBytes(key: Buffer, start: number, end: number, { part }: KeyColumn): Buffer {
  let stop = end
  if (part.width !== undefined) while (stop > start && key[stop - 1] === 0) stop--
  return key.subarray(start, stop)
}
