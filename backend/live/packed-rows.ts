/** A row of a mapped table: its key, when it was written, and the bytes of the cells that were asked for, or null. */
export interface MappedRow {
  readonly key: Buffer
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly values: readonly (Buffer | null)[]
}

const packBytes = 256 * 1024
const absent = -1

/** Puts rows into buffers of about 256 KB: they go to another process whole. */
export class RowPacker {
  #parts: Buffer[] = []
  #bytes = 0

  /** @returns a buffer when one is full */
  add({ key, timestamp, values }: MappedRow): Buffer | undefined {
    const head = Buffer.alloc(12)
    head.writeUInt32LE(key.length)
    head.writeDoubleLE(timestamp, 4)
    this.#push(head, key)
    for (const value of values) {
      const length = Buffer.alloc(4)
      length.writeInt32LE(value === null ? absent : value.length)
      this.#push(length, ...(value === null ? [] : [value]))
    }
    return this.#bytes >= packBytes ? this.take() : undefined
  }

  /** What is left, which may be nothing. */
  take(): Buffer {
    const packed = Buffer.concat(this.#parts, this.#bytes)
    this.#parts = []
    this.#bytes = 0
    return packed
  }

  #push(...parts: readonly Buffer[]): void {
    for (const part of parts) {
      this.#parts.push(part)
      this.#bytes += part.length
    }
  }
}

/** @param valueCount how many values each row has */
export function* unpackRows(packed: Buffer, valueCount: number): Generator<MappedRow> {
  let at = 0
  const take = (length: number): Buffer => {
    at += length
    return packed.subarray(at - length, at)
  }
  while (at < packed.length) {
    const keyLength = packed.readUInt32LE(at)
    const timestamp = packed.readDoubleLE(at + 4)
    at += 12
    const key = take(keyLength)
    const values: (Buffer | null)[] = []
    for (let n = 0; n < valueCount; n++) {
      const length = packed.readInt32LE(at)
      at += 4
      values.push(length === absent ? null : take(length))
    }
    yield { key, timestamp, values }
  }
}
