/** Kafka's types in the "flexible" versions of its protocol: lengths as unsigned varints, one above what they count. */

/** Writes a request. */
export class WireWriter {
  readonly #parts: Buffer[] = []

  int8(value: number): this {
    const part = Buffer.alloc(1)
    part.writeInt8(value)
    return this.bytes(part)
  }

  int32(value: number): this {
    const part = Buffer.alloc(4)
    part.writeInt32BE(value)
    return this.bytes(part)
  }

  int64(value: number): this {
    const part = Buffer.alloc(8)
    part.writeBigInt64BE(BigInt(value))
    return this.bytes(part)
  }

  bytes(part: Buffer): this {
    this.#parts.push(part)
    return this
  }

  string(text: string): this {
    const part = Buffer.from(text)
    return this.#varint(part.length + 1).bytes(part)
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.#varint(items.length + 1)
    for (const item of items) write(item)
    return this
  }

  /** The end of a structure: no tagged fields. */
  end(): this {
    return this.#varint(0)
  }

  finish(): { buf: Buffer; buffer: Buffer } {
    const buffer = Buffer.concat(this.#parts)
    return { buf: buffer, buffer }
  }

  #varint(value: number): this {
    const bytes: number[] = []
    let rest = value
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
    bytes.push(rest)
    return this.bytes(Buffer.from(bytes))
  }
}

/** Reads a response; integers of 64 bits as numbers, which holds offsets and times exactly. */
export class WireReader {
  readonly buffer: Buffer
  at: number

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  int8(): number {
    return this.buffer.readInt8(this.at++)
  }

  int16(): number {
    this.at += 2
    return this.buffer.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.buffer.readInt32BE(this.at - 4)
  }

  int64(): number {
    this.at += 8
    return this.buffer.readInt32BE(this.at - 8) * 2 ** 32 + this.buffer.readUInt32BE(this.at - 4)
  }

  /** Of up to 28 bits: what counts something within a message. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.buffer.readUInt8(this.at++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }

  /** A signed integer of any size, its sign in the lowest bit. */
  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.buffer.readUInt8(this.at++)
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** The bytes themselves, not a copy. */
  bytes(length: number): Buffer {
    this.at += length
    return this.buffer.subarray(this.at - length, this.at)
  }

  compactBytes(): Buffer | undefined {
    const length = this.uvarint()
    return length === 0 ? undefined : this.bytes(length - 1)
  }

  string(): string | undefined {
    return this.compactBytes()?.toString('utf8')
  }

  array<T>(read: () => T): T[] {
    const length = this.uvarint()
    return Array.from({ length: Math.max(0, length - 1) }, read)
  }

  /** The end of a structure: tagged fields, none of which mean anything here. */
  end(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint()
      this.at += this.uvarint()
    }
  }
}
