const warmUpRounds = 20

/** Random numbers by sfc32: fast, and the same on every machine for the same seed. */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seed any text; texts that differ by one letter give unrelated numbers */
  constructor(seed: string) {
    this.#a = hashText(seed, 0x9e3779b9)
    this.#b = hashText(seed, 0x85ebca6b)
    this.#c = hashText(seed, 0xc2b2ae35)
    for (let round = 0; round < warmUpRounds; round++) this.bits()
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum
  }

  /** At least 0, below 1. */
  unit(): number {
    return (this.bits() >>> 0) / 2 ** 32
  }

  /** A whole number, at least 0, below `bound`. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

/** The numbers 0 … `count` - 1 in random order. */
export function shuffledIndexes(count: number, random: Random): Int32Array {
  const indexes = Int32Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const kept = indexes[last] as number
    indexes[last] = indexes[other] as number
    indexes[other] = kept
  }
  return indexes
}

function hashText(text: string, basis: number): number {
  let hash = basis | 0
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    hash ^= hash >>> 15
  }
  return hash
}
