import type { MappedReader, MappedRequest } from '../../live/mapped-reader.ts'
import type { EngineLink } from '../engine-link.ts'
import { plainFailure } from '../plain-failure.ts'

const packsAheadMax = 4

/** Reads rows for a statement in the engine's process, no more than it can take. */
export class MappedOutput {
  readonly #id: number
  readonly #link: EngineLink
  readonly #reader: MappedReader
  readonly #abort = new AbortController()
  #ahead = 0
  #wake: () => void = () => {}

  constructor(id: number, link: EngineLink, reader: MappedReader) {
    this.#id = id
    this.#link = link
    this.#reader = reader
  }

  async send(request: MappedRequest): Promise<void> {
    const { signal } = this.#abort
    const [id, link] = [this.#id, this.#link]
    // Nobody says of the last packs of a request that they are taken.
    this.#ahead = 0
    try {
      for await (const { bytes, isLast } of this.#reader.read(request, signal)) {
        while (this.#ahead >= packsAheadMax && !signal.aborted) await this.#news()
        if (signal.aborted) return
        this.#ahead++
        link.send({ type: 'rows', id, bytes, isLast })
      }
    } catch (error) {
      if (!signal.aborted) link.send({ type: 'rowsFailed', id, failure: plainFailure(error) })
    }
  }

  taken(): void {
    this.#ahead--
    this.#wake()
  }

  /** Nobody needs the rows any more. */
  stop(): void {
    this.#abort.abort()
    this.#wake()
  }

  #news(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }
}
