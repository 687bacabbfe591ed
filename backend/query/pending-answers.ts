import type { Failure } from '../base/failure.ts'

interface Asked<T> {
  resolve(value: T): void
  reject(failure: Failure): void
}

/** What the engine's process was asked, by number, and has not answered. */
export class PendingAnswers<T> {
  readonly #asked = new Map<number, Asked<T>>()

  async ask(id: number, send: () => void): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#asked.set(id, { resolve, reject })
        send()
      })
    } finally {
      this.#asked.delete(id)
    }
  }

  answer(id: number, outcome: { readonly value: T } | { readonly failure: Failure }): void {
    const asked = this.#asked.get(id)
    if ('failure' in outcome) asked?.reject(outcome.failure)
    else asked?.resolve(outcome.value)
  }

  failAll(failure: Failure): void {
    for (const { reject } of this.#asked.values()) reject(failure)
  }
}
