import duckdb from '@duckdb/node-bindings'

/** An entry of a string: its length, and the string itself when it has up to 12 bytes, else where it is. */
const entryBytes = 16
const inlineBytesMax = 12
/** Memory that is not ours to read begins at a page: what is nearer than one to two strings can be read with them. */
const gapBytesMax = 4_000
const windowBytesMax = 2 ** 20
/** Up to here a loop is quicker than a call that copies. */
const loopBytesMax = 128

export interface StringSource {
  /** The vector's entries. */
  readonly entries: Uint8Array
  /** Which entry each item is; the items themselves when absent. */
  readonly rows?: Uint32Array | undefined
  /** Where each item's bytes begin in the result, and where the last ones end. */
  readonly offsets: Int32Array
}

/**
 * The bytes of strings of a vector, one after the other. Long ones lie elsewhere in DuckDB's memory, mostly side by side:
 * what lies together is fetched together, since each fetch costs as much as some thousand bytes.
 */
export function stringBytes(source: StringSource): Uint8Array {
  return new StringCopier(source).bytes()
}

/** Makes no objects for single strings, of which there are millions. */
class StringCopier {
  readonly #entries: DataView
  readonly #rows: Uint32Array | undefined
  readonly #offsets: Int32Array
  readonly #target: DataView
  /** Long strings of the items from this one on lie between two addresses. */
  #first = 0
  #from = 0
  #until = 0
  /** The item whose string begins there. */
  #lowest = 0

  constructor({ entries, rows, offsets }: StringSource) {
    this.#entries = new DataView(entries.buffer, entries.byteOffset, entries.byteLength)
    this.#rows = rows
    this.#offsets = offsets
    this.#target = new DataView(new ArrayBuffer(offsets[offsets.length - 1] ?? 0))
  }

  bytes(): Uint8Array {
    const length = this.#offsets.length - 1
    for (let item = 0; item < length; item++) {
      const count = this.#countOf(item)
      if (count > inlineBytesMax) this.#gather(item, count)
      else if (count > 0) this.#copy(item, this.#entries, this.#entryOf(item) + 4)
    }
    this.#copyGathered(length)
    return new Uint8Array(this.#target.buffer)
  }

  /** Adds a long string to those that are fetched together, or begins anew with it. */
  #gather(item: number, count: number): void {
    const address = this.#addressOf(item)
    const end = address + count
    const isNear = address <= this.#until + gapBytesMax && end >= this.#from - gapBytesMax
    const span = Math.max(end, this.#until) - Math.min(address, this.#from)
    if (!isNear || span > windowBytesMax) {
      this.#copyGathered(item)
      this.#first = this.#lowest = item
      this.#from = address
      this.#until = end
    } else {
      if (address < this.#from) this.#lowest = item
      this.#from = Math.min(this.#from, address)
      this.#until = Math.max(this.#until, end)
    }
  }

  /** Copies the long strings of the items before this one that are still to be fetched. */
  #copyGathered(itemsEnd: number): void {
    if (this.#until === 0) return
    const { buffer, byteOffset } = this.#entries
    const pointer = byteOffset + this.#entryOf(this.#lowest) + 8
    const span = this.#until - this.#from
    const found = duckdb.get_data_from_pointer(buffer as ArrayBuffer, pointer, span)
    const source = new DataView(found.buffer, found.byteOffset, found.byteLength)
    for (let item = this.#first; item < itemsEnd; item++) {
      const isLong = this.#countOf(item) > inlineBytesMax
      if (isLong) this.#copy(item, source, this.#addressOf(item) - this.#from)
    }
  }

  #entryOf(item: number): number {
    return (this.#rows === undefined ? item : (this.#rows[item] ?? 0)) * entryBytes
  }

  #countOf(item: number): number {
    return (this.#offsets[item + 1] ?? 0) - (this.#offsets[item] ?? 0)
  }

  #addressOf(item: number): number {
    const entry = this.#entryOf(item)
    const high = this.#entries.getUint32(entry + 12, true)
    return high * 2 ** 32 + this.#entries.getUint32(entry + 8, true)
  }

  #copy(item: number, source: DataView, from: number): void {
    const target = this.#target
    const to = this.#offsets[item] ?? 0
    const count = this.#countOf(item)
    if (count > loopBytesMax) {
      const bytes = new Uint8Array(source.buffer, source.byteOffset + from, count)
      new Uint8Array(target.buffer).set(bytes, to)
      return
    }
    const wordsEnd = count & ~3
    for (let n = 0; n < wordsEnd; n += 4) {
      target.setUint32(to + n, source.getUint32(from + n, true), true)
    }
    for (let n = wordsEnd; n < count; n++) target.setUint8(to + n, source.getUint8(from + n))
  }
}
