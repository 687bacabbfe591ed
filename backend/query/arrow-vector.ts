import {
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBVector,
} from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import {
  type Bool,
  type Data,
  type Decimal,
  type List,
  makeData,
  type Struct,
  type Utf8,
} from 'apache-arrow'
import { arrowType } from './arrow-type.ts'
import { stringBytes } from './string-bytes.ts'

/** Items of a DuckDB vector: the first `length`, or those that `rows` names, in its order. */
export interface VectorSource {
  readonly vector: duckdb.Vector
  readonly type: DuckDBType
  readonly length: number
  readonly rows?: Uint32Array | undefined
}

interface CheckedSource extends VectorSource {
  /** Bits of the items that are not NULL; undefined when none is. */
  readonly nullBitmap: Uint8Array | undefined
}

/** Encodes items of a vector as Arrow data, copied out of DuckDB's memory. */
export function encodeVector(vector: VectorSource): Data {
  const type = arrowType(vector.type)
  const validity = validityOf(vector)
  const common = { length: vector.length, ...validity }
  const source = { ...vector, nullBitmap: validity.nullBitmap }
  const width = widths[source.type.typeId]
  if (width !== undefined) {
    const bytes = fixedWidth(source, width)
    const data = new (type.ArrayType as typeof Int32Array)(bytes.buffer as ArrayBuffer)
    return makeData({ ...common, type, data } as never)
  }
  switch (source.type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return makeData({ ...common, type: type as Bool, data: bits(source) })
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.DECIMAL:
      return makeData({ ...common, type: type as Decimal, data: decimals(source) })
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.BLOB:
      return makeData({ ...common, type: type as Utf8, ...strings(source) })
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.MAP:
      return makeData({ ...common, type: type as List, ...lists(source) })
    case DuckDBTypeId.STRUCT:
      return makeData({ ...common, type: type as Struct, children: structs(source) })
    default:
      return makeData({ ...common, type: type as Utf8, ...texts(source) })
  }
}

/** Bytes of the types that DuckDB and Arrow store alike. */
const widths: Readonly<Partial<Record<DuckDBTypeId, number>>> = {
  [DuckDBTypeId.TINYINT]: 1,
  [DuckDBTypeId.UTINYINT]: 1,
  [DuckDBTypeId.SMALLINT]: 2,
  [DuckDBTypeId.USMALLINT]: 2,
  [DuckDBTypeId.INTEGER]: 4,
  [DuckDBTypeId.UINTEGER]: 4,
  [DuckDBTypeId.FLOAT]: 4,
  [DuckDBTypeId.DATE]: 4,
  [DuckDBTypeId.BIGINT]: 8,
  [DuckDBTypeId.UBIGINT]: 8,
  [DuckDBTypeId.DOUBLE]: 8,
  [DuckDBTypeId.TIME]: 8,
  [DuckDBTypeId.TIMESTAMP]: 8,
  [DuckDBTypeId.TIMESTAMP_TZ]: 8,
  [DuckDBTypeId.TIMESTAMP_S]: 8,
  [DuckDBTypeId.TIMESTAMP_MS]: 8,
  [DuckDBTypeId.TIMESTAMP_NS]: 8,
}

function validityOf({ vector, length, rows }: VectorSource) {
  const itemCount = itemsIn(length, rows)
  const words = duckdb.vector_get_validity(vector, Math.ceil(itemCount / 64) * 8)
  const none = { nullCount: 0, nullBitmap: undefined }
  if (!words) return none
  const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8)
  let valid = 0
  for (let item = 0; item < length; item++) {
    const row = rows?.[item] ?? item
    if (((words[row >> 3] ?? 0) >> (row & 7)) & 1) {
      nullBitmap[item >> 3] = (nullBitmap[item >> 3] ?? 0) | (1 << (item & 7))
      valid++
    }
  }
  return valid === length ? none : { nullCount: length - valid, nullBitmap }
}

/** How many items of the vector have to be looked at. */
function itemsIn(length: number, rows: Uint32Array | undefined): number {
  if (rows === undefined) return length
  let last = -1
  for (const row of rows) if (row > last) last = row
  return last + 1
}

function fixedWidth(source: CheckedSource, width: number): Uint8Array {
  const bytes = chosenBytes(source, width)
  const { length, nullBitmap } = source
  if (nullBitmap === undefined) return bytes
  // What DuckDB leaves under a NULL is another thing each time.
  for (let item = 0; item < length; item++) {
    if (!isSet(nullBitmap, item)) bytes.fill(0, item * width, (item + 1) * width)
  }
  return bytes
}

function chosenBytes({ vector, length, rows }: VectorSource, width: number): Uint8Array {
  const bytes = duckdb.vector_get_data(vector, itemsIn(length, rows) * width)
  if (rows === undefined) return new Uint8Array(bytes)
  const chosen = new Uint8Array(length * width)
  for (let item = 0; item < length; item++) {
    const start = (rows[item] ?? 0) * width
    chosen.set(bytes.subarray(start, start + width), item * width)
  }
  return chosen
}

function isSet(bitmap: Uint8Array, item: number): boolean {
  return (((bitmap[item >> 3] ?? 0) >> (item & 7)) & 1) === 1
}

function bits(source: CheckedSource): Uint8Array {
  const bytes = fixedWidth(source, 1)
  const packed = new Uint8Array(Math.ceil(bytes.length / 64) * 8)
  for (const [item, byte] of bytes.entries()) {
    if (byte !== 0) packed[item >> 3] = (packed[item >> 3] ?? 0) | (1 << (item & 7))
  }
  return packed
}

/** Arrow keeps every decimal in 128 bits; DuckDB in as few as its width needs. */
function decimals(source: CheckedSource): Uint32Array {
  const { length } = source
  const width = decimalWidth(source.type)
  const bytes = fixedWidth(source, width)
  const buffer = bytes.buffer as ArrayBuffer
  if (width === 16) return new Uint32Array(buffer)
  const parts = width === 2 ? new Int16Array(buffer) : new Int32Array(buffer)
  const isLong = width === 8
  const words = new Int32Array(length * 4)
  for (let item = 0, word = 0; item < length; item++) {
    const first = parts[isLong ? item * 2 : item] ?? 0
    const second = isLong ? (parts[item * 2 + 1] ?? 0) : first >> 31
    const sign = second >> 31
    words[word++] = first
    words[word++] = second
    words[word++] = sign
    words[word++] = sign
  }
  return new Uint32Array(words.buffer)
}

function decimalWidth(type: DuckDBType): number {
  if (type.typeId === DuckDBTypeId.HUGEINT) return 16
  const digits = (type as DuckDBDecimalType).width
  if (digits <= 4) return 2
  if (digits <= 9) return 4
  return digits <= 18 ? 8 : 16
}

function strings({ vector, length, rows }: VectorSource) {
  const itemCount = itemsIn(length, rows)
  const entries = duckdb.vector_get_data(vector, itemCount * 16)
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength)
  const validity = duckdb.vector_get_validity(vector, Math.ceil(itemCount / 64) * 8)
  const valueOffsets = new Int32Array(length + 1)
  for (let item = 0; item < length; item++) {
    const row = rows?.[item] ?? item
    const isValid = !validity || ((validity[row >> 3] ?? 0) >> (row & 7)) & 1
    valueOffsets[item + 1] =
      (valueOffsets[item] ?? 0) + (isValid ? view.getUint32(row * 16, true) : 0)
  }
  return { valueOffsets, data: stringBytes({ entries, rows, offsets: valueOffsets }) }
}

/** Lists and maps: a start and a length for each item, into one vector of all their elements. */
function lists(source: CheckedSource) {
  const { vector, type, length } = source
  const entries = fixedWidth(source, 16)
  const view = new DataView(entries.buffer)
  const valueOffsets = new Int32Array(length + 1)
  const elements: number[] = []
  for (let item = 0; item < length; item++) {
    const start = Number(view.getBigUint64(item * 16, true))
    const count = Number(view.getBigUint64(item * 16 + 8, true))
    for (let n = 0; n < count; n++) elements.push(start + n)
    valueOffsets[item + 1] = elements.length
  }
  const child = encodeVector({
    vector: duckdb.list_vector_get_child(vector),
    type: elementType(type),
    length: elements.length,
    rows: Uint32Array.from(elements),
  })
  return { valueOffsets, child }
}

function elementType(type: DuckDBType): DuckDBType {
  if (type.typeId === DuckDBTypeId.LIST) return (type as DuckDBListType).valueType
  const { keyType, valueType } = type as DuckDBMapType
  return new DuckDBStructType(['key', 'value'], [keyType, valueType])
}

function structs({ vector, type, length, rows }: VectorSource): Data[] {
  return (type as DuckDBStructType).entryTypes.map((entry, index) =>
    encodeVector({
      vector: duckdb.struct_vector_get_child(vector, index),
      type: entry,
      length,
      rows,
    }),
  )
}

function texts({ vector, type, length, rows }: VectorSource) {
  const items = DuckDBVector.create(vector, itemsIn(length, rows), type)
  const valueOffsets = new Int32Array(length + 1)
  const parts: Buffer[] = []
  for (let item = 0; item < length; item++) {
    const value = items.getItem(rows?.[item] ?? item)
    const part = Buffer.from(value === null ? '' : String(value))
    parts.push(part)
    valueOffsets[item + 1] = (valueOffsets[item] ?? 0) + part.length
  }
  return { valueOffsets, data: new Uint8Array(Buffer.concat(parts)) }
}
