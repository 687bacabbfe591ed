import { invariant } from '../backend/base/invariant.ts'

/** Points of a distribution, ascending from share 0 to share 1: so much of it lies at or below the value. */
export type QuantileKnots = readonly (readonly [share: number, value: number])[]

/** The value below which `share` of the distribution lies; between two knots it grows by a constant factor. */
export function quantileAt(knots: QuantileKnots, share: number): number {
  const above = knots.findIndex(([knot]) => knot >= share)
  const upper = knots[above]
  invariant(upper !== undefined, 'the knots reach up to share 1')
  const lower = knots[above - 1] ?? upper
  if (lower === upper) return upper[1]
  return lower[1] * (upper[1] / lower[1]) ** ((share - lower[0]) / (upper[0] - lower[0]))
}

/** `count` values that stand for the distribution, each as likely as the other. */
export function equallyLikely(knots: QuantileKnots, count: number): number[] {
  return Array.from({ length: count }, (_, index) => quantileAt(knots, (index + 0.5) / count))
}
