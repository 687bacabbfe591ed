import type { OffsetRange } from '../contract/verification.ts'

/** The same offsets in ranges that are in order, apart from each other, and not empty. */
export function mergeRanges(ranges: readonly OffsetRange[]): OffsetRange[] {
  const filled = ranges.filter(range => range.endOffset > range.startOffset)
  const merged: OffsetRange[] = []
  for (const { startOffset, endOffset } of filled.toSorted(byStart)) {
    const last = merged.at(-1)
    if (last === undefined || startOffset > last.endOffset) merged.push({ startOffset, endOffset })
    else last.endOffset = Math.max(last.endOffset, endOffset)
  }
  return merged
}

function byStart(a: OffsetRange, b: OffsetRange): number {
  return a.startOffset - b.startOffset
}

/** The offsets of merged ranges that are not in `others`, which are merged, too. */
export function subtractRanges(
  ranges: readonly OffsetRange[],
  others: readonly OffsetRange[],
): OffsetRange[] {
  const left: OffsetRange[] = []
  let next = 0
  for (const { startOffset, endOffset } of ranges) {
    let from = startOffset
    while ((others[next]?.endOffset ?? Infinity) <= from) next++
    for (let at = next; (others[at]?.startOffset ?? Infinity) < endOffset; at++) {
      const other = others[at]
      if (other === undefined) break
      if (other.startOffset > from) left.push({ startOffset: from, endOffset: other.startOffset })
      from = Math.max(from, other.endOffset)
    }
    if (from < endOffset) left.push({ startOffset: from, endOffset })
  }
  return left
}

/** The offsets that are in both; all ranges are merged. */
export function intersectRanges(
  ranges: readonly OffsetRange[],
  others: readonly OffsetRange[],
): OffsetRange[] {
  return subtractRanges(ranges, subtractRanges(ranges, others))
}

export function countOffsets(ranges: readonly OffsetRange[]): number {
  return ranges.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0)
}

const rangesShownMax = 5

/** Such as `offset 7` or `offsets 3 to 5 and 9`; of many, the first and how many there are. */
export function rangesText(ranges: readonly OffsetRange[]): string {
  const [first] = ranges
  if (ranges.length === 1 && first && first.endOffset - first.startOffset === 1) {
    return `offset ${first.startOffset}`
  }
  const shown = ranges.slice(0, rangesShownMax).map(rangeText)
  const more = ranges.length - shown.length
  if (more > 0) return `offsets ${shown.join(', ')} and ${more} more range${more === 1 ? '' : 's'}`
  const last = shown.pop() ?? ''
  return `offsets ${shown.length > 0 ? `${shown.join(', ')} and ` : ''}${last}`
}

function rangeText({ startOffset, endOffset }: OffsetRange): string {
  return endOffset - startOffset === 1 ? String(startOffset) : `${startOffset} to ${endOffset - 1}`
}
