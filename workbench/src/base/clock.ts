/** Time as the page's parts use it, so that tests can hold it still. */
export interface Clock {
  now(): number
  /** Calls once after a while; the returned function calls it off. */
  after(delayMs: number, call: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs)
    return () => clearTimeout(timer)
  },
}
