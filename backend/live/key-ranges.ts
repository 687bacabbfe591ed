import { endOfPrefix } from './live-store.ts'
import { encodePart, type KeyColumn, keyColumns } from './row-key.ts'
import type { TableMapping } from './table-mapping.ts'
import type { CodedValue } from './value-codec.ts'

/** What a statement asks of a part of the key; rows beyond it may be read, rows within it must be. */
export interface KeyCondition {
  readonly equals?: readonly CodedValue[] | undefined
  /** Bounds that are within. */
  readonly from?: CodedValue | undefined
  readonly to?: CodedValue | undefined
  readonly prefix?: string | undefined
}

/** Column → what is asked of it; all of them hold at once. */
export type KeyConditions = ReadonlyMap<string, KeyCondition>

/** Rows from `start` on, below `end`; `isRow` when it can only be the row whose key is `start`. */
export interface KeyRange {
  readonly start: Buffer
  readonly end: Buffer | undefined
  readonly isRow: boolean
}

/** With more of them a range that holds them all is read. */
const rangesMax = 10_000

/**
 * The ranges of row keys, in order and apart from each other, that hold every row which fulfils one of the alternatives;
 * undefined when that can be any row.
 */
export function keyRanges(
  mapping: TableMapping,
  alternatives: readonly KeyConditions[],
): KeyRange[] | undefined {
  const columns = keyColumns(mapping)
  const found: KeyRange[] = []
  for (const conditions of alternatives) {
    const ranges = rangesOf(columns, conditions)
    if (ranges === undefined) return undefined
    found.push(...ranges)
  }
  return merged(found)
}

function rangesOf(
  columns: readonly KeyColumn[],
  conditions: KeyConditions,
): KeyRange[] | undefined {
  let prefixes = [Buffer.alloc(0)]
  for (const [index, column] of columns.entries()) {
    const condition = conditions.get(column.column.name)
    const equals =
      condition?.equals && isExact(column) ? distinct(column, condition.equals) : undefined
    if (equals === undefined || prefixes.length * equals.length > rangesMax) {
      const ranges = condition && boundsOf(column, condition)
      if (ranges === undefined && index === 0) return undefined
      return prefixes.flatMap(prefix => within(prefix, ranges ?? [{}]))
    }
    prefixes = prefixes.flatMap(prefix => equals.map(bytes => Buffer.concat([prefix, bytes])))
  }
  return prefixes.map(key => ({
    start: key,
    end: Buffer.concat([key, Buffer.alloc(1)]),
    isRow: true,
  }))
}

/** Whether a value is always written the same way. */
function isExact({ codec }: KeyColumn): boolean {
  const { type, encoding } = codec
  if (encoding !== 'text') return type !== 'BOOLEAN'
  return ['VARCHAR', 'BLOB', 'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'].includes(type)
}

function distinct(column: KeyColumn, values: readonly CodedValue[]): Buffer[] {
  const byBytes = new Map<string, Buffer>()
  for (const value of values) {
    const bytes = encodePart(column, value)
    if (bytes) byBytes.set(bytes.toString('latin1'), bytes)
  }
  return [...byBytes.values()]
}

/** Within what comes before it: the first bytes, and what stands behind all that is meant. */
interface Bounds {
  readonly start?: Buffer
  readonly end?: Buffer | undefined
}

function boundsOf(column: KeyColumn, condition: KeyCondition): Bounds[] | undefined {
  const { codec, part } = column
  const { prefix, from, to, equals } = condition
  if (equals !== undefined && isExact(column)) return [hullOf(distinct(column, equals))]
  const isText = codec.type === 'VARCHAR' || codec.type === 'BLOB'
  if (isText && prefix !== undefined && prefix !== '') {
    const start = Buffer.from(prefix)
    return [{ start, end: endOfPrefix(start) }]
  }
  if (from === undefined && to === undefined) return undefined
  if (isText) {
    const start = from === undefined ? {} : { start: Buffer.from(from as string) }
    const last = to === undefined ? undefined : Buffer.from(to as string)
    if (last !== undefined && part.width !== undefined) {
      const padded = Buffer.alloc(part.width)
      last.copy(padded)
      return [{ ...start, end: endOfPrefix(padded) }]
    }
    // What stands behind the text in the key may sort it behind texts that are greater.
    if (last === undefined || part.until !== undefined) return [start]
    return [{ ...start, end: Buffer.concat([last, Buffer.alloc(1)]) }]
  }
  return codec.isInteger && codec.encoding !== 'text' ? integerBounds(column, condition) : undefined
}

function integerBounds({ codec }: KeyColumn, { from, to }: KeyCondition): Bounds[] {
  const { min, max } = codec.limits
  const low = typeof from === 'bigint' && from > min ? from : min
  const high = typeof to === 'bigint' && to < max ? to : max
  const between = (a: bigint, b: bigint): Bounds[] => {
    if (a > b) return []
    const [first, last] = codec.encoding === 'reversed' ? [b, a] : [a, b]
    const [start, end] = [codec.encode(first), codec.encode(last)]
    return start && end ? [{ start, end: endOfPrefix(end) }] : []
  }
  if (codec.encoding !== 'binary') return between(low, high)
  // In two's complement negative numbers sort behind the others.
  const notNegative = between(low > 0n ? low : 0n, high)
  return [...notNegative, ...between(low, high < 0n ? high : -1n)]
}

/** The range of all of them, from the least to the greatest. */
function hullOf(values: readonly Buffer[]): Bounds {
  const sorted = values.toSorted(Buffer.compare)
  const [first, last] = [sorted[0], sorted.at(-1)]
  return first && last
    ? { start: first, end: endOfPrefix(last) }
    : { start: Buffer.alloc(0), end: Buffer.alloc(0) }
}

function within(prefix: Buffer, bounds: readonly Bounds[]): KeyRange[] {
  const endOfAll = endOfPrefix(prefix)
  return bounds.map(({ start, end }) => ({
    start: start ? Buffer.concat([prefix, start]) : prefix,
    end: end ? Buffer.concat([prefix, end]) : endOfAll,
    isRow: false,
  }))
}

function merged(ranges: readonly KeyRange[]): KeyRange[] {
  const sorted = ranges.filter(isSome).sort((a, b) => a.start.compare(b.start))
  const apart: KeyRange[] = []
  for (const range of sorted) {
    const last = apart.at(-1)
    const overlaps = last && (last.end === undefined || range.start.compare(last.end) < 0)
    if (!overlaps) {
      apart.push(range)
      continue
    }
    if (last.isRow && range.isRow) continue
    apart[apart.length - 1] = { start: last.start, end: later(last.end, range.end), isRow: false }
  }
  return apart
}

function isSome({ start, end }: KeyRange): boolean {
  return end === undefined || start.compare(end) < 0
}

function later(one: Buffer | undefined, other: Buffer | undefined): Buffer | undefined {
  if (one === undefined || other === undefined) return undefined
  return one.compare(other) < 0 ? other : one
}
