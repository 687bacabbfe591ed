/**
 * Cells as keys of an ordered byte store, in HBase's order: table, row, family, qualifier, newest timestamp first.
 * Parts of any length are made to compare as themselves: 0x00 becomes 0x00 0xFF, and 0x00 0x01 ends the part.
 */
export interface CellKey {
  readonly row: Buffer
  /** `family:qualifier`, or empty for the mark that the row was deleted. */
  readonly column: string
  readonly timestamp: number
}

const timestampBytes = 8
const partEnd = Buffer.from([0, 1])

export function encodeCellKey(table: string, key: CellKey): Buffer {
  const [family, qualifier] = splitColumn(key.column)
  const timestamp = Buffer.alloc(timestampBytes)
  timestamp.writeBigUInt64BE(invertTimestamp(key.timestamp))
  return Buffer.concat([
    rowPrefix(table, key.row),
    encodePart(Buffer.from(family)),
    encodePart(Buffer.from(qualifier)),
    timestamp,
  ])
}

export function decodeCellKey(encoded: Buffer): CellKey {
  const table = readPart(encoded, 0)
  const row = readPart(encoded, table.end)
  const family = readPart(encoded, row.end)
  const qualifier = readPart(encoded, family.end)
  return {
    row: row.part,
    column: family.part.length === 0 ? '' : `${family.part}:${qualifier.part}`,
    timestamp: Number(invertTimestamp(encoded.readBigUInt64BE(qualifier.end))),
  }
}

/** All cells of a row, the delete mark first. */
export function rowRange(table: string, row: Buffer): { gte: Buffer; lt: Buffer } {
  const prefix = rowPrefix(table, row)
  return { gte: prefix, lt: afterParts(prefix) }
}

/** All cells of the rows from `start` on, below `end`. */
export function rowsRange(
  table: string,
  start: Buffer | undefined,
  end: Buffer | undefined,
): { gte: Buffer; lt: Buffer } {
  const prefix = encodePart(Buffer.from(table))
  return {
    gte: start === undefined ? prefix : rowPrefix(table, start),
    lt: end === undefined ? afterParts(prefix) : rowPrefix(table, end),
  }
}

export function splitColumn(column: string): [family: string, qualifier: string] {
  const colon = column.indexOf(':')
  return colon < 0 ? [column, ''] : [column.slice(0, colon), column.slice(colon + 1)]
}

function rowPrefix(table: string, row: Buffer): Buffer {
  return Buffer.concat([encodePart(Buffer.from(table)), encodePart(row)])
}

/** Above every key that begins with these parts: no other key continues behind the mark of their end. */
function afterParts(parts: Buffer): Buffer {
  const end = Buffer.from(parts)
  end[end.length - 1] = 2
  return end
}

/** Most parts have no zeros, and stand as they are. */
function encodePart(part: Buffer): Buffer {
  if (!part.includes(0)) return Buffer.concat([part, partEnd])
  const bytes: number[] = []
  for (const byte of part) {
    bytes.push(byte)
    if (byte === 0) bytes.push(0xff)
  }
  bytes.push(...partEnd)
  return Buffer.from(bytes)
}

function readPart(encoded: Buffer, start: number): { part: Buffer; end: number } {
  const zeroAt = encoded.indexOf(0, start)
  if (zeroAt >= 0 && encoded[zeroAt + 1] === 1) {
    return { part: encoded.subarray(start, zeroAt), end: zeroAt + partEnd.length }
  }
  const bytes: number[] = []
  for (let at = start; ; at++) {
    const byte = encoded.readUInt8(at)
    if (byte !== 0) {
      bytes.push(byte)
      continue
    }
    at++
    if (encoded.readUInt8(at) === 1) return { part: Buffer.from(bytes), end: at + 1 }
    bytes.push(0)
  }
}

function invertTimestamp(timestamp: number | bigint): bigint {
  return 0x7fffffffffffffffn - BigInt(timestamp)
}
