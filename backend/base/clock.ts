/** Time as the rest of the code may know it; tests pass one that they move by hand. */
export interface Clock {
  /** Milliseconds since the epoch, by a clock that is put right now and then: it can jump either way. */
  now(): number
  /** Milliseconds that only ever go on, from no moment in particular: for what lasts or falls due. */
  elapsed(): number
  /** Resolves after `delayMs`, or at once when `signal` aborts: the caller looks at the signal. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (delayMs, signal) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(done, delayMs)
      function done() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      signal?.addEventListener('abort', done, { once: true })
    }),
}
