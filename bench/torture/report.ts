import type { Counts } from './checks.ts'

/** What a run prints: a line a fault, and how many there were of each kind. */
export class Report {
  readonly #startedAt = Date.now()
  readonly #counts = new Map<string, number>()
  #lines = 0

  fault(text: string, { rows, deadLetters }: Counts): void {
    const held = `${rows.toLocaleString('en')} events, ${deadLetters.toLocaleString('en')} dead letters`
    this.say(`${String(++this.#lines).padStart(4)}  ${text} (${held})`)
  }

  say(text: string): void {
    const elapsed = Math.floor((Date.now() - this.#startedAt) / 1000)
    const clock = `${Math.floor(elapsed / 60)}:${String(elapsed % 60).padStart(2, '0')}`
    console.log(`${clock.padStart(6)}  ${text}`)
  }

  count(kind: string, by = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + by)
  }

  /** Such as `512 kills, 12 stops`. */
  get totals(): string {
    const parts = [...this.#counts].map(([kind, count]) => `${count.toLocaleString('en')} ${kind}`)
    return parts.join(', ')
  }
}
