const windowMs = 10_000

/** How many per second, over the last ten seconds. */
export class RateWindow {
  readonly #startedAt: number
  #counts: { at: number; count: number }[] = []

  constructor(now: number) {
    this.#startedAt = now
  }

  add(now: number, count: number): void {
    this.#counts.push({ at: now, count })
    this.#forget(now)
  }

  perSecond(now: number): number {
    this.#forget(now)
    const count = this.#counts.reduce((sum, entry) => sum + entry.count, 0)
    const elapsedMs = Math.min(Math.max(now - this.#startedAt, 1000), windowMs)
    return (count * 1000) / elapsedMs
  }

  #forget(now: number): void {
    const first = this.#counts.findIndex(({ at }) => at > now - windowMs)
    this.#counts = first < 0 ? [] : this.#counts.slice(first)
  }
}
