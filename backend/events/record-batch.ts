import { isUtf8 } from 'node:buffer'
import { invariant } from '../base/invariant.ts'

/**
 * Consecutive records of one partition, as columns: no object per record, so that millions a second can pass.
 */
export interface RecordBatch {
  readonly partition: number
  readonly count: number
  /** Where the partition was read from: the first record has this offset, or a higher one where the log skips some. */
  readonly firstOffset: number
  /** Where the partition goes on after this batch: above the last record's offset. */
  readonly nextOffset: number
  /** One offset a record, or undefined when they are consecutive from `firstOffset`. */
  readonly offsets: Float64Array | undefined
  /** When the log took each record, in milliseconds since the epoch. */
  readonly timestamps: Float64Array
  /** `count` values, each ended by a line feed. */
  readonly lines: Buffer
  /**
   * Values that are not a line of UTF-8 text, by their index. `lines` holds what they mean on one line, or `{}` in their
   * place.
   */
  readonly odd: ReadonlyMap<number, Buffer>
}

const lineFeed = 0x0a
const placeholder = Buffer.from('{}')
/** What is kept of a record takes more than the value of a tiny one. */
const recordBytesMin = 128

/** Collects records of one partition, in the order of their offsets. */
export class RecordBatchBuilder {
  readonly #partition: number
  readonly #firstOffset: number
  #nextOffset: number
  #isDense = true
  readonly #offsets: number[] = []
  readonly #timestamps: number[] = []
  readonly #parts: Buffer[] = []
  readonly #odd = new Map<number, Buffer>()
  #bytes = 0
  #oddBytes = 0

  constructor(partition: number, firstOffset: number) {
    this.#partition = partition
    this.#firstOffset = firstOffset
    this.#nextOffset = firstOffset
  }

  get count(): number {
    return this.#offsets.length
  }

  /** As of the batch that it would build. */
  get size(): number {
    return sizeFrom(this.#bytes + this.#oddBytes, this.count)
  }

  add(record: { offset: number; timestamp: number; value: Buffer | null }): void {
    const index = this.#offsets.length
    this.#addPlace(record.offset, record.timestamp)
    const line = lineOf(record.value)
    if (line !== record.value || line === undefined) {
      const value = record.value ?? Buffer.alloc(0)
      this.#odd.set(index, value)
      this.#oddBytes += value.length
    }
    const bytes = line ?? placeholder
    this.#parts.push(bytes)
    this.#bytes += bytes.length + 1
  }

  /** Adds records whose values are lines of UTF-8 text that hold more than white space, the last line without its end. */
  addLines(records: { offsets: Float64Array; timestamps: Float64Array; lines: Buffer }): void {
    const { offsets, timestamps } = records
    for (let index = 0; index < offsets.length; index++) {
      this.#addPlace(offsets[index] ?? 0, timestamps[index] ?? 0)
    }
    this.#parts.push(records.lines)
    this.#bytes += records.lines.length + 1
  }

  #addPlace(offset: number, timestamp: number): void {
    invariant(offset >= this.#nextOffset, 'offsets of a batch increase')
    if (offset !== this.#nextOffset) this.#isDense = false
    this.#offsets.push(offset)
    this.#nextOffset = offset + 1
    this.#timestamps.push(timestamp)
  }

  /** @param nextOffset where the partition goes on, when the log skips offsets after the last record */
  build(nextOffset = this.#nextOffset): RecordBatch {
    return {
      partition: this.#partition,
      count: this.count,
      firstOffset: this.#firstOffset,
      nextOffset,
      offsets: this.#isDense ? undefined : Float64Array.from(this.#offsets),
      timestamps: Float64Array.from(this.#timestamps),
      lines: joinLines(this.#parts, this.#bytes),
      odd: this.#odd,
    }
  }
}

function joinLines(parts: readonly Buffer[], bytes: number): Buffer {
  const lines = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const part of parts) {
    lines.set(part, at)
    at += part.length
    lines[at++] = lineFeed
  }
  return lines
}

/**
 * The value as one line, or undefined when it cannot be one. JSON may spread over lines: line feeds outside strings are
 * white space and become blanks; inside strings JSON forbids them.
 */
export function lineOf(value: Buffer | null): Buffer | undefined {
  if (value === null || !isUtf8(value) || isBlank(value)) return undefined
  if (!value.includes(lineFeed) && !value.includes(0x0d)) return value
  try {
    JSON.parse(value.toString('utf8'))
  } catch {
    return undefined
  }
  return Buffer.from(value.toString('utf8').replace(/[\r\n]/g, ' '))
}

function isBlank(value: Buffer): boolean {
  for (const byte of value) if (byte !== 0x20 && byte !== 0x09) return false
  return true
}

/** About how many bytes a batch takes, whatever its values are. */
export function sizeOf(batch: RecordBatch): number {
  let bytes = batch.lines.length
  for (const value of batch.odd.values()) bytes += value.length
  return sizeFrom(bytes, batch.count)
}

function sizeFrom(valueBytes: number, count: number): number {
  return Math.max(valueBytes, count * recordBytesMin)
}

/** The records of `batch` from `offset` on. */
export function batchFrom(batch: RecordBatch, offset: number): RecordBatch {
  return offset <= batch.firstOffset ? batch : sliceBatch(batch, offset, batch.nextOffset)
}

/**
 * The part of the batches that lies at or above `positions`, in order; moves the positions behind it.
 * @returns the batches, or undefined when one does not go on where its partition's position is
 */
export function takeBatches(
  batches: readonly RecordBatch[],
  positions: Map<number, number>,
): RecordBatch[] | undefined {
  const taken: RecordBatch[] = []
  for (const batch of batches) {
    const position = positions.get(batch.partition)
    if (position === undefined || batch.firstOffset > position) return undefined
    if (batch.nextOffset <= position) continue
    taken.push(batchFrom(batch, position))
    positions.set(batch.partition, batch.nextOffset)
  }
  return taken
}

/** Cuts a batch into ones that cover at most `offsetsMax` offsets each. */
export function* splitBatch(batch: RecordBatch, offsetsMax: number): Generator<RecordBatch> {
  for (let from = batch.firstOffset; from < batch.nextOffset; from += offsetsMax) {
    yield sliceBatch(batch, from, Math.min(from + offsetsMax, batch.nextOffset))
  }
}

/** Cuts a batch into ones of at most this size, or of one record. */
export function* splitBySize(batch: RecordBatch, sizeMax: number): Generator<RecordBatch> {
  if (batch.count <= 1 || sizeOf(batch) <= sizeMax) {
    yield batch
    return
  }
  const middle = offsetAt(batch, batch.count >> 1)
  yield* splitBySize(sliceBatch(batch, batch.firstOffset, middle), sizeMax)
  yield* splitBySize(sliceBatch(batch, middle, batch.nextOffset), sizeMax)
}

function sliceBatch(batch: RecordBatch, from: number, to: number): RecordBatch {
  if (from <= batch.firstOffset && to >= batch.nextOffset) return batch
  const start = indexOfOffset(batch, from)
  const end = indexOfOffset(batch, to)
  const odd = new Map<number, Buffer>()
  for (const [index, value] of batch.odd) {
    if (index >= start && index < end) odd.set(index - start, value)
  }
  const startByte = lineStart(batch.lines, start, 0)
  return {
    partition: batch.partition,
    count: end - start,
    firstOffset: Math.max(from, batch.firstOffset),
    nextOffset: to,
    offsets: batch.offsets?.subarray(start, end),
    timestamps: batch.timestamps.subarray(start, end),
    lines: batch.lines.subarray(startByte, lineStart(batch.lines, end - start, startByte)),
    odd,
  }
}

/** The offset of the record at `index`. */
export function offsetAt(batch: RecordBatch, index: number): number {
  return batch.offsets?.[index] ?? batch.firstOffset + index
}

/** The raw value of the record at each of `indexes`, which increase. */
export function* valuesAt(batch: RecordBatch, indexes: Iterable<number>): Generator<Buffer> {
  let line = 0
  let start = 0
  for (const index of indexes) {
    for (; line < index; line++) start = batch.lines.indexOf(lineFeed, start) + 1
    yield batch.odd.get(index) ?? batch.lines.subarray(start, batch.lines.indexOf(lineFeed, start))
  }
}

/** How many records of `batch` lie below `offset`. */
function indexOfOffset(batch: RecordBatch, offset: number): number {
  if (batch.offsets === undefined) {
    return Math.min(Math.max(offset - batch.firstOffset, 0), batch.count)
  }
  const index = batch.offsets.findIndex(candidate => candidate >= offset)
  return index < 0 ? batch.count : index
}

function lineStart(lines: Buffer, skippedLines: number, from: number): number {
  let start = from
  for (let n = 0; n < skippedLines; n++) start = lines.indexOf(lineFeed, start) + 1
  return start
}
