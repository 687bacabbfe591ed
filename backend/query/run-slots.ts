import { Failure } from '../base/failure.ts'

/** Lets so many through at a time, and so many wait. */
export class RunSlots {
  readonly #waitingMax: number
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(limits: { readonly runningMax: number; readonly waitingMax: number }) {
    this.#free = limits.runningMax
    this.#waitingMax = limits.waitingMax
  }

  /**
   * Waits for a slot; to be given back once.
   * @throws Failure `query-busy` when too many wait, `query-cancelled` when the signal aborts first
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free--
    else await this.#wait(signal)
    return () => this.#giveBack()
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new Failure('query-busy', `${this.#waiting.length} statements are waiting already.`, {
        hint: 'Try again in a moment, or cancel statements that nobody needs.',
      })
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        reject(new Failure('query-cancelled', 'The statement was cancelled while it waited.'))
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #giveBack(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
