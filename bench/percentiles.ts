/** Of milliseconds, as text. */
export function percentiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
    return `${value ?? '–'} ms`.padStart(8)
  }
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}`
}
