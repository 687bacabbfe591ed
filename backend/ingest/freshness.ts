import type { Freshness } from '../contract/ingest.ts'

const windowMs = 60_000
const sampleMax = 20_000

/** Durations over the last minute, and their percentiles. */
export class FreshnessWindow {
  #samples: { at: number; durationMs: number }[] = []

  add(at: number, durationMs: number): void {
    this.#samples.push({ at, durationMs: Math.max(durationMs, 0) })
    if (this.#samples.length >= sampleMax) this.#samples = this.#samples.slice(-sampleMax / 2)
  }

  percentiles(now: number): Freshness {
    const recent = this.#samples.filter(({ at }) => at > now - windowMs)
    this.#samples = recent
    const sorted = recent.map(({ durationMs }) => durationMs).sort((a, b) => a - b)
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }
}
