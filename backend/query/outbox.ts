import type { FromProcess } from './engine-messages.ts'

const waitMs = 2
const bytesMax = 64 * 1024

/** Messages on their way to the other process: what comes within a moment goes together. */
export class Outbox {
  readonly #send: (message: FromProcess) => void
  #messages: FromProcess[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(send: (message: FromProcess) => void) {
    this.#send = send
  }

  add(message: FromProcess): void {
    this.#messages.push(message)
    if (message.type === 'messages') {
      for (const part of message.parts) this.#bytes += part.length
    }
    if (this.#bytes > bytesMax) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), waitMs)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const messages = this.#messages
    this.#messages = []
    this.#bytes = 0
    const [only, another] = messages
    if (another) this.#send({ type: 'several', messages })
    else if (only) this.#send(only)
  }
}
