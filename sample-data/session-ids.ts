import type { Random } from './random.ts'

const hyphen = 0x2d
const hexDigits = Buffer.from('0123456789abcdef')

/**
 * Turns 0, 1, 2 … into UUIDs of version 4, never the same twice: so an open visit, of which there may be millions, keeps
 * one number instead of 128 bits.
 */
export class SessionIds {
  readonly #salts: readonly [number, number, number, number]

  constructor(random: Random) {
    this.#salts = [random.bits(), random.bits(), random.bits(), random.bits()]
  }

  /** Writes the id as text and answers where it ends. */
  write(session: number, bytes: Uint8Array, start: number): number {
    const [a, b, c, d] = this.#salts
    let at = writeWord(scramble(session ^ a), bytes, start)
    bytes[at++] = hyphen
    const middle = scramble(session ^ b)
    at = writeHalf(middle >>> 16, bytes, at)
    bytes[at++] = hyphen
    at = writeHalf((middle & 0x0fff) | 0x4000, bytes, at)
    bytes[at++] = hyphen
    const variant = scramble(session ^ c)
    at = writeHalf(((variant >>> 16) & 0x3fff) | 0x8000, bytes, at)
    bytes[at++] = hyphen
    at = writeHalf(variant, bytes, at)
    return writeWord(scramble(session ^ d), bytes, at)
  }
}

/** A permutation of the 32-bit integers under which neighbours look unrelated: the last steps of MurmurHash3. */
function scramble(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** Writes 32 bits as eight hex digits. */
function writeWord(bits: number, bytes: Uint8Array, at: number): number {
  return writeHalf(bits, bytes, writeHalf(bits >>> 16, bytes, at))
}

/** Writes the lower 16 bits as four hex digits. */
function writeHalf(bits: number, bytes: Uint8Array, at: number): number {
  bytes[at] = hexDigits[(bits >>> 12) & 15] as number
  bytes[at + 1] = hexDigits[(bits >>> 8) & 15] as number
  bytes[at + 2] = hexDigits[(bits >>> 4) & 15] as number
  bytes[at + 3] = hexDigits[bits & 15] as number
  return at + 4
}
