import { useSyncExternalStore } from 'react'

/** Tells the time to all who show how it passes, with one timer for all of a pace. */
class Ticker {
  private readonly paceMs: number
  private readonly listeners = new Set<() => void>()
  private timer: ReturnType<typeof setInterval> | null = null
  private now = Date.now()

  constructor(paceMs: number) {
    this.paceMs = paceMs
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    this.timer ??= setInterval(() => this.tick(), this.paceMs)
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size > 0 || this.timer === null) return
      clearInterval(this.timer)
      this.timer = null
    }
  }

  readonly get = (): number => {
    if (this.timer === null) this.now = Math.max(this.now, Date.now() - (Date.now() % this.paceMs))
    return this.now
  }

  private tick(): void {
    if (document.hidden) return
    this.now = Date.now()
    for (const listener of [...this.listeners]) listener()
  }
}

const fast = new Ticker(200)
const slow = new Ticker(1_000)

/** The time, five times a second or once. */
export function useNow(pace: 'fast' | 'slow'): number {
  const ticker = pace === 'fast' ? fast : slow
  return useSyncExternalStore(ticker.subscribe, ticker.get)
}
