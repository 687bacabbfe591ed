interface Bounds {
  readonly _partition?: number
  readonly _offset?: number
}

/**
 * Whether a file of a stream's table can hold a row at or above the positions, by what the Delta log says of it: a merge of
 * older files cannot.
 * @param stats as in the log, JSON
 */
export function mayHoldAbove(
  stats: string | undefined,
  positions: ReadonlyMap<number, number>,
): boolean {
  if (positions.size === 0) return true
  const { minValues, maxValues } = JSON.parse(stats ?? '{}') as Record<string, Bounds | undefined>
  const [first, last] = [minValues?._partition, maxValues?._partition]
  const lastOffset = maxValues?._offset
  if (first === undefined || last === undefined || lastOffset === undefined) return true
  for (let partition = first; partition <= last; partition++) {
    if ((positions.get(partition) ?? 0) <= lastOffset) return true
  }
  return false
}
