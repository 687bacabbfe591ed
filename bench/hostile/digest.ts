import { crc32 } from 'node:zlib'

/** Says of two collections of values whether they are the same, in whatever order they come. */
export class Digest {
  #count = 0
  #bytes = 0
  #sum = 0

  add(value: Buffer): void {
    this.#count++
    this.#bytes += value.length
    this.#sum = (this.#sum + crc32(value)) % Number.MAX_SAFE_INTEGER
  }

  toString(): string {
    return `${this.#count} values, ${this.#bytes} bytes, sum ${this.#sum}`
  }
}
