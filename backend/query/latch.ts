/** Holds back those who wait, for as long as it is closed. */
export class Latch {
  #isOpen = false
  readonly #waiting = new Set<() => void>()

  open(): void {
    this.#isOpen = true
    for (const go of this.#waiting) go()
  }

  close(): void {
    this.#isOpen = false
  }

  /** Waits until it is open; answers false when time is up or the signal aborts first. */
  async wait(waitMsMax: number, signal: AbortSignal): Promise<boolean> {
    if (this.#isOpen) return true
    await new Promise<void>(resolve => {
      const timer = setTimeout(go, waitMsMax)
      const waiting = this.#waiting
      function go(): void {
        clearTimeout(timer)
        waiting.delete(go)
        signal.removeEventListener('abort', go)
        resolve()
      }
      waiting.add(go)
      signal.addEventListener('abort', go, { once: true })
    })
    return this.#isOpen
  }
}
