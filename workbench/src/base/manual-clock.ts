import type { Clock } from './clock.ts'

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
  private time = 0
  private waiting: { at: number; call: () => void }[] = []

  now(): number {
    return this.time
  }

  after(delayMs: number, call: () => void): () => void {
    const entry = { at: this.time + delayMs, call }
    this.waiting.push(entry)
    return () => {
      this.waiting = this.waiting.filter(other => other !== entry)
    }
  }

  /** Moves time on, makes the calls that fall due in their order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      const next = this.waiting.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) break
      this.waiting = this.waiting.filter(entry => entry !== next)
      this.time = next.at
      next.call()
      await settle()
    }
    this.time = end
    await settle()
  }
}

/** Lets everything that waits for a settled promise go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}
