import type { FromProcess, HeldHistory, TableFile } from '../engine-messages.ts'
import { PendingAnswers } from '../pending-answers.ts'
import { failureOf, type PlainFailure } from '../plain-failure.ts'

/** Files that are asked for at a time. */
const filesMax = 64

/** Files of a history that is not kept on this machine, for live views to be made of. */
export class HistoryFiles {
  readonly #send: (message: FromProcess) => void
  readonly #answers = new PendingAnswers<number>()
  readonly #heldVersions = new Map<string, number | undefined>()
  #asked = 0

  constructor(send: (message: FromProcess) => void) {
    this.#send = send
  }

  /** So many of the files that were asked for are here, or none can be brought. */
  brought(id: number, count: number, failure: PlainFailure | undefined): void {
    this.#answers.answer(id, failure ? { failure: failureOf(failure) } : { value: count })
  }

  /** What views of the stream have, or are about to take; undefined: there are none. */
  hold(stream: string, held: HeldHistory | undefined): void {
    if (this.#heldVersions.get(stream) === held?.version) return
    this.#heldVersions.set(stream, held?.version)
    this.#send({ type: 'viewsHold', stream, held })
  }

  /**
   * Reads the first of the files, as many as there is room for.
   * @throws Failure `lake-…` when they cannot be brought
   */
  async some<T>(
    stream: string,
    files: readonly TableFile[],
    read: (some: readonly TableFile[]) => Promise<T>,
  ): Promise<T> {
    try {
      const count = await this.#bring(stream, files.slice(0, filesMax))
      return await read(files.slice(0, count))
    } finally {
      await this.#bring(stream, [])
    }
  }

  #bring(stream: string, wanted: readonly TableFile[]): Promise<number> {
    const id = ++this.#asked
    const files = wanted.map(({ path, bytes }) => ({ path, bytes }))
    return this.#answers.ask(id, () => this.#send({ type: 'bringToViews', id, stream, files }))
  }
}
