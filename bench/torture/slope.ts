import { median } from '../percentiles.ts'

/**
 * By how much y grows for each x: the median of the slopes between any two points (Theil and Sen's estimator), NaN where
 * there are none. A burst that comes and goes, wherever it falls, does not tilt it, as long as less than a quarter of the
 * points are in one.
 */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const slopes = points.flatMap(([x, y], index) =>
    points
      .slice(index + 1)
      .filter(([otherX]) => otherX !== x)
      .map(([otherX, otherY]) => (otherY - y) / (otherX - x)),
  )
  return median(slopes)
}
