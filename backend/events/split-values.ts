import { Failure } from '../base/failure.ts'

/** One value of a body: its bytes, and its place in it, from 1. */
export interface BodyValue {
  readonly line: number
  /** Undefined when the value is longer than it may be. */
  readonly value: Buffer | undefined
}

export const valueBytesMax = 2 ** 20

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Cuts text into its lines, however it comes in pieces. Blank lines count and are left out. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<BodyValue[]> {
  const rest = new Rest()
  let line = 0
  for await (const chunk of chunks) {
    const values: BodyValue[] = []
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      line++
      const value = trimEnd(rest.take(chunk.subarray(start, end)))
      if (value === undefined || value.length > 0) values.push({ line, value })
      start = end + 1
    }
    rest.keep(chunk.subarray(start))
    if (values.length > 0) yield values
  }
  const last = trimEnd(rest.take(Buffer.alloc(0)))
  if (last === undefined || last.length > 0) yield [{ line: line + 1, value: last }]
}

/** The beginning of a value whose end has not come yet; of one that is too long, nothing is kept. */
class Rest {
  #parts: Buffer[] = []
  #bytes = 0

  keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > valueBytesMax) this.#parts = []
    else if (part.length > 0) this.#parts.push(Buffer.from(part))
  }

  /** @returns the whole value, or undefined when it is too long */
  take(end: Buffer): Buffer | undefined {
    const bytes = this.#bytes + end.length
    const value = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end])
    this.#parts = []
    this.#bytes = 0
    return bytes > valueBytesMax ? undefined : value
  }
}

function trimEnd(value: Buffer | undefined): Buffer | undefined {
  return value?.at(-1) === carriageReturn ? value.subarray(0, -1) : value
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])
const arrayStart = 0x5b
const white = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * Cuts a JSON array into the text of its elements, which keeps numbers as they are written.
 * @throws Failure `bad-request` when the body is not one array
 */
export async function* splitElements(chunks: AsyncIterable<Buffer>): AsyncGenerator<BodyValue[]> {
  const splitter = new ElementSplitter()
  for await (const chunk of chunks) {
    const values = splitter.push(chunk)
    if (values.length > 0) yield values
  }
  splitter.end()
}

class ElementSplitter {
  readonly #rest = new Rest()
  #state: 'before' | 'inside' | 'after' = 'before'
  #depth = 0
  #isString = false
  #isEscaped = false
  #isEmpty = true
  #count = 0

  push(chunk: Buffer): BodyValue[] {
    const values: BodyValue[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (this.#state !== 'inside') {
        this.#outside(byte)
        start = at + 1
      } else if (this.#endsElement(byte)) {
        this.#finish(this.#rest.take(chunk.subarray(start, at)), byte, values)
        start = at + 1
      }
    }
    if (this.#state === 'inside') this.#rest.keep(chunk.subarray(start))
    return values
  }

  end(): void {
    if (this.#state !== 'after') throw notAnArray('it ends in the middle')
  }

  #outside(byte: number): void {
    if (white.has(byte)) return
    if (this.#state === 'after') throw notAnArray('something follows its end')
    if (byte !== arrayStart) throw notAnArray('it does not begin with [')
    this.#state = 'inside'
  }

  /** Whether the byte stands between two elements or at the end; otherwise it belongs to the one at hand. */
  #endsElement(byte: number): boolean {
    if (this.#isString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === backslash) this.#isEscaped = true
      else if (byte === quote) this.#isString = false
      return false
    }
    if (this.#depth === 0 && (byte === comma || closing.has(byte))) return true
    if (byte === quote) this.#isString = true
    else if (opening.has(byte)) this.#depth++
    else if (closing.has(byte)) this.#depth--
    if (!white.has(byte)) this.#isEmpty = false
    return false
  }

  #finish(text: Buffer | undefined, byte: number, values: BodyValue[]): void {
    const isLast = byte !== comma
    const isEmptyArray = isLast && this.#count === 0 && this.#isEmpty
    if (this.#isEmpty && !isEmptyArray) throw notAnArray('an element is missing')
    if (!isEmptyArray) values.push({ line: ++this.#count, value: text })
    this.#isEmpty = true
    if (isLast) this.#state = 'after'
  }
}

function notAnArray(why: string): Failure {
  return new Failure('bad-request', `The body is not a JSON array: ${why}.`, {
    hint: 'Send a JSON array, or one JSON object a line as application/x-ndjson.',
  })
}
