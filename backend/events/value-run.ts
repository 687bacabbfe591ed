import { isUtf8 } from 'node:buffer'
import type { RecordBatchBuilder } from './record-batch.ts'

const blank = 0x20
const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Values of many records in one buffer, moved towards its beginning until a single byte stands between them: all are
 * looked at together, and no object is made for any of them.
 */
export class ValueRun {
  readonly #bytes: Buffer
  readonly #offsets: Float64Array
  readonly #timestamps: Float64Array
  /** Where each value ends; one byte further the next begins. */
  readonly #ends: Int32Array
  readonly #missing = new Set<number>()
  #count = 0
  #at = 0
  #isPlain = true

  /** @param bytes is written to, never ahead of what was moved; a byte at least precedes every value */
  constructor(bytes: Buffer, countMax: number) {
    this.#bytes = bytes
    this.#offsets = new Float64Array(countMax)
    this.#timestamps = new Float64Array(countMax)
    this.#ends = new Int32Array(countMax)
  }

  /** Takes the value at `start`; below 0, `length` says that the record has none. */
  move(start: number, length: number, offset: number, timestamp: number): void {
    const index = this.#count++
    this.#offsets[index] = offset
    this.#timestamps[index] = timestamp
    if (length < 0) this.#missing.add(index)
    if (length <= 0 || (this.#bytes[start] ?? 0) <= blank) this.#isPlain = false
    const bytes = Math.max(length, 0)
    this.#bytes.copyWithin(this.#at, start, start + bytes)
    this.#at += bytes
    this.#ends[index] = this.#at
    this.#bytes[this.#at++] = blank
  }

  addTo(builder: RecordBatchBuilder): void {
    if (this.#count === 0) return
    const values = this.#bytes.subarray(0, this.#at - 1)
    const isPlain =
      this.#isPlain &&
      !values.includes(lineFeed) &&
      !values.includes(carriageReturn) &&
      isUtf8(values)
    if (isPlain) this.#addLines(builder, values)
    else this.#addEach(builder)
  }

  #addLines(builder: RecordBatchBuilder, lines: Buffer): void {
    for (let index = 0; index < this.#count - 1; index++) {
      lines[this.#ends[index] ?? 0] = lineFeed
    }
    const offsets = this.#offsets.subarray(0, this.#count)
    builder.addLines({ offsets, timestamps: this.#timestamps, lines })
  }

  #addEach(builder: RecordBatchBuilder): void {
    let start = 0
    for (let index = 0; index < this.#count; index++) {
      const end = this.#ends[index] ?? 0
      const value = this.#missing.has(index) ? null : this.#bytes.subarray(start, end)
      const [offset = 0, timestamp = 0] = [this.#offsets[index], this.#timestamps[index]]
      builder.add({ offset, timestamp, value })
      start = end + 1
    }
  }
}
