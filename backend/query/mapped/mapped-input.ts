import { failureOf, type PlainFailure } from '../plain-failure.ts'

/** Packed rows on their way from the process that reads them: the next ones are asked for as they are taken. */
export class MappedInput {
  readonly #packs: Buffer[] = []
  readonly #onTaken: () => void
  #hasAll = false
  #failure: PlainFailure | undefined
  #wake: () => void = () => {}

  /** @param onTaken is called for each pack but the last */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken
  }

  add(bytes: Uint8Array, isLast: boolean): void {
    this.#packs.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.#hasAll = isLast
    this.#wake()
  }

  fail(failure: PlainFailure): void {
    this.#failure = failure
    this.#wake()
  }

  /** @throws Failure why the rows could not be read */
  async *packs(): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#failure) throw failureOf(this.#failure)
      const pack = this.#packs.shift()
      if (pack) {
        if (!this.#hasAll) this.#onTaken()
        yield pack
      } else if (this.#hasAll) return
      else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    }
  }
}
