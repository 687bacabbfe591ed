/** How old data was when it came, and when that was: its age goes on from there. */
export interface DataAge {
  readonly ageMs: number
  readonly receivedAt: number
}

export type AgeLevel = 'fresh' | 'late' | 'old'

/** Budgets of freshness: beyond them the age turns amber, then red. */
export const lateAfterMs = 2_000
export const oldAfterMs = 10_000

export function ageAt(age: DataAge, now: number): number {
  return Math.max(0, age.ageMs + now - age.receivedAt)
}

export function ageLevel(ageMs: number): AgeLevel {
  if (ageMs > oldAfterMs) return 'old'
  return ageMs > lateAfterMs ? 'late' : 'fresh'
}

/** An age in one short figure: `0.2 s`, `12 s`, `5 min`, `3 h`. */
export function ageText(ageMs: number): string {
  const seconds = ageMs / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 99.5) return `${Math.round(seconds)} s`
  const minutes = seconds / 60
  return minutes < 99.5 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60)} h`
}
