import duckdb from '@duckdb/node-bindings'

/** An entry of a string: its length, and the string itself when it has up to 12 bytes, else where it is. */
const entryBytes = 16
const inlineBytesMax = 12
/** Memory that is not ours to read begins at a page: what is nearer than one to two strings can be read with them. */
const gapBytesMax = 4_000
const windowBytesMax = 2 ** 20

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
export function stringBytes({ entries, rows, offsets }: StringSource): Uint8Array {
  const length = offsets.length - 1
  const bytes = Buffer.alloc(offsets[length] ?? 0)
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength)
  const window = new Window(entries, bytes)
  for (let item = 0; item < length; item++) {
    const start = offsets[item] ?? 0
    const count = (offsets[item + 1] ?? 0) - start
    if (count === 0) continue
    const entry = (rows?.[item] ?? item) * entryBytes
    if (count > inlineBytesMax) {
      const address = view.getUint32(entry + 12, true) * 2 ** 32 + view.getUint32(entry + 8, true)
      window.take({ entry, address, count, start })
    } else {
      for (let n = 0; n < count; n++) bytes[start + n] = entries[entry + 4 + n] ?? 0
    }
  }
  window.flush()
  return bytes
}

interface LongString {
  readonly entry: number
  readonly address: number
  readonly count: number
  /** Where it goes. */
  readonly start: number
}

/** Long strings that lie near to each other. */
class Window {
  readonly #entries: Uint8Array
  readonly #target: Buffer
  #strings: LongString[] = []
  #from = 0
  #until = 0
  /** The entry that points at the window's beginning. */
  #first = 0

  constructor(entries: Uint8Array, target: Buffer) {
    this.#entries = entries
    this.#target = target
  }

  take(string: LongString): void {
    const { address, count, entry } = string
    const end = address + count
    const isNear = address <= this.#until + gapBytesMax && end >= this.#from - gapBytesMax
    const span = Math.max(end, this.#until) - Math.min(address, this.#from)
    if (this.#strings.length === 0 || !isNear || span > windowBytesMax) {
      this.flush()
      this.#from = address
      this.#until = end
      this.#first = entry
    } else {
      if (address < this.#from) this.#first = entry
      this.#from = Math.min(this.#from, address)
      this.#until = Math.max(this.#until, end)
    }
    this.#strings.push(string)
  }

  flush(): void {
    if (this.#strings.length === 0) return
    const { buffer, byteOffset } = this.#entries
    const pointer = byteOffset + this.#first + 8
    const span = this.#until - this.#from
    const found = duckdb.get_data_from_pointer(buffer as ArrayBuffer, pointer, span)
    const bytes = Buffer.from(found.buffer, found.byteOffset, found.byteLength)
    for (const { address, count, start } of this.#strings) {
      const at = address - this.#from
      bytes.copy(this.#target, start, at, at + count)
    }
    this.#strings = []
  }
}
