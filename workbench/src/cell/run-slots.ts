/** Lets few statements run at once: browsers open six connections to a server, and a cancel needs one. */
export class RunSlots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(slots: number) {
    this.free = slots
  }

  /** Waits for a slot; the returned function gives it back. Throws when the signal is aborted first. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.free > 0) this.free -= 1
    else await this.wait(signal)
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      const next = this.waiting.shift()
      if (next) next()
      else this.free += 1
    }
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        const at = this.waiting.indexOf(go)
        if (at >= 0) this.waiting.splice(at, 1)
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.waiting.push(go)
    })
  }
}
