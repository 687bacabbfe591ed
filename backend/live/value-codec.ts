import type { Encoding } from './table-mapping.ts'

/** A value of a key or a cell: whole numbers, days and milliseconds as bigint. */
export type CodedValue = bigint | number | string | boolean | Buffer

/** A type as it is written in HBase, and what DuckDB makes of it. */
interface Coding {
  readonly bytes: number
  readonly kind: 'integer' | 'float' | 'boolean' | 'raw'
  /** The type of DuckDB that holds what was decoded. */
  readonly raw:
    | 'BOOLEAN'
    | 'TINYINT'
    | 'SMALLINT'
    | 'INTEGER'
    | 'BIGINT'
    | 'FLOAT'
    | 'DOUBLE'
    | 'BLOB'
}

const codings: Readonly<Record<string, Coding>> = {
  BOOLEAN: { bytes: 1, kind: 'boolean', raw: 'BOOLEAN' },
  TINYINT: { bytes: 1, kind: 'integer', raw: 'TINYINT' },
  SMALLINT: { bytes: 2, kind: 'integer', raw: 'SMALLINT' },
  INTEGER: { bytes: 4, kind: 'integer', raw: 'INTEGER' },
  BIGINT: { bytes: 8, kind: 'integer', raw: 'BIGINT' },
  DATE: { bytes: 4, kind: 'integer', raw: 'INTEGER' },
  TIMESTAMP: { bytes: 8, kind: 'integer', raw: 'BIGINT' },
  FLOAT: { bytes: 4, kind: 'float', raw: 'FLOAT' },
  DOUBLE: { bytes: 8, kind: 'float', raw: 'DOUBLE' },
  UUID: { bytes: 16, kind: 'raw', raw: 'BLOB' },
}

/** Types that are bytes of any length, whatever the encoding. */
const unbounded = ['VARCHAR', 'JSON', 'BLOB']

export const binaryTypes: readonly string[] = Object.keys(codings)

export type RawType = Coding['raw'] | 'VARCHAR'

/** How values of a type are read and written under one encoding. */
export class ValueCodec {
  readonly type: string
  readonly encoding: Encoding
  readonly #coding: Coding | undefined

  constructor(type: string, encoding: Encoding) {
    this.type = type
    this.encoding = unbounded.includes(type) ? 'text' : encoding
    this.#coding = this.encoding === 'text' ? undefined : codings[type]
  }

  /** Undefined for a value of any length. */
  get bytes(): number | undefined {
    return this.#coding?.bytes
  }

  get isInteger(): boolean {
    return this.#coding?.kind === 'integer'
  }

  /** The type of DuckDB that holds what `decode` gives. */
  get rawType(): RawType {
    if (this.type === 'BLOB') return 'BLOB'
    return this.#coding?.raw ?? 'VARCHAR'
  }

  /** The SQL that makes the column's value of what was decoded. */
  sql(column: string): string {
    if (this.rawType === this.type) return column
    if (this.encoding === 'text') return `CAST(${column} AS ${this.type})`
    if (this.type === 'TIMESTAMP') return `epoch_ms(${column})`
    if (this.type === 'DATE') return `(DATE '1970-01-01' + ${column})`
    return `CAST(hex(${column}) AS ${this.type})`
  }

  /** @returns undefined when the bytes are none of the type's */
  decode(bytes: Buffer): CodedValue | undefined {
    const coding = this.#coding
    if (coding === undefined) return this.type === 'BLOB' ? bytes : decodeText(bytes)
    if (bytes.length !== coding.bytes) return undefined
    if (coding.kind === 'boolean') return bytes[0] !== 0
    if (coding.kind === 'raw') return bytes
    return coding.kind === 'integer' ? this.#decodeInteger(bytes) : this.#decodeFloat(bytes)
  }

  /** @returns undefined when the type does not hold the value */
  encode(value: CodedValue): Buffer | undefined {
    const coding = this.#coding
    if (Buffer.isBuffer(value)) return value
    if (coding === undefined) return Buffer.from(String(value))
    // As HBase writes it: all bits set.
    if (typeof value === 'boolean') return Buffer.from([value ? 0xff : 0])
    if (typeof value === 'bigint' && coding.kind === 'integer') return this.#encodeInteger(value)
    if (typeof value === 'number' && coding.kind === 'float') return this.#encodeFloat(value)
    return undefined
  }

  /** The smallest and the largest whole number that it can write. */
  get limits(): { readonly min: bigint; readonly max: bigint } {
    const bits = BigInt((this.#coding?.bytes ?? 8) * 8 - 1)
    return { min: this.encoding === 'reversed' ? 0n : -(1n << bits), max: (1n << bits) - 1n }
  }

  #decodeInteger(bytes: Buffer): bigint | undefined {
    const bits = bytes.length * 8
    const unsigned =
      bytes.length === 8 ? bytes.readBigUInt64BE() : BigInt(bytes.readUIntBE(0, bytes.length))
    if (this.encoding === 'binary') return BigInt.asIntN(bits, unsigned)
    const ordered = BigInt.asIntN(bits, unsigned ^ (1n << BigInt(bits - 1)))
    if (this.encoding === 'ordered') return ordered
    const stored = BigInt.asIntN(bits, unsigned)
    return stored < 0n ? undefined : this.limits.max - stored
  }

  #encodeInteger(value: bigint): Buffer | undefined {
    const bytes = this.bytes ?? 8
    const { min, max } = this.limits
    if (value < min || value > max) return undefined
    const bits = bytes * 8
    let stored = value
    if (this.encoding === 'reversed') stored = max - value
    let unsigned = BigInt.asUintN(bits, stored)
    if (this.encoding === 'ordered') unsigned ^= 1n << BigInt(bits - 1)
    const buffer = Buffer.alloc(8)
    buffer.writeBigUInt64BE(unsigned)
    return buffer.subarray(8 - bytes)
  }

  #decodeFloat(bytes: Buffer): number {
    const plain = this.encoding === 'ordered' ? orderedBits(bytes, true) : bytes
    return plain.length === 4 ? plain.readFloatBE() : plain.readDoubleBE()
  }

  #encodeFloat(value: number): Buffer {
    const buffer = Buffer.alloc(this.bytes ?? 8)
    if (buffer.length === 4) buffer.writeFloatBE(value)
    else buffer.writeDoubleBE(value)
    return this.encoding === 'ordered' ? orderedBits(buffer, false) : buffer
  }
}

/** Negative numbers have all bits turned, others the first: so their bytes sort as they do. */
function orderedBits(bytes: Buffer, isOrdered: boolean): Buffer {
  const first = bytes[0] ?? 0
  const isNegative = isOrdered ? first < 0x80 : first >= 0x80
  return Buffer.from(
    bytes.map((byte, index) => (isNegative ? ~byte : byte ^ (index === 0 ? 0x80 : 0))),
  )
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeText(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
