import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OffsetRange } from '../contract/verification.ts'
import {
  countOffsets,
  intersectRanges,
  mergeRanges,
  rangesText,
  subtractRanges,
} from './offset-range.ts'

const range = (startOffset: number, endOffset: number): OffsetRange => ({ startOffset, endOffset })
const ranges = fc.array(
  fc.tuple(fc.nat(30), fc.nat(6)).map(([start, length]) => range(start, start + length)),
  { maxLength: 8 },
)

function offsetsOf(found: readonly OffsetRange[]): Set<number> {
  return new Set(
    found.flatMap(({ startOffset, endOffset }) =>
      Array.from({ length: endOffset - startOffset }, (_, n) => startOffset + n),
    ),
  )
}

function expectOrdered(found: readonly OffsetRange[]): void {
  for (const [index, { startOffset, endOffset }] of found.entries()) {
    expect(endOffset).toBeGreaterThan(startOffset)
    const before = found[index - 1]
    if (before) expect(startOffset).toBeGreaterThan(before.endOffset)
  }
}

describe('ranges of offsets are what the sets of their offsets are', () => {
  test('merged, counted', () => {
    fc.assert(
      fc.property(ranges, some => {
        const merged = mergeRanges(some)
        expectOrdered(merged)
        expect(offsetsOf(merged)).toEqual(offsetsOf(some))
        expect(countOffsets(merged)).toBe(offsetsOf(some).size)
      }),
    )
  })

  test('subtracted, intersected', () => {
    fc.assert(
      fc.property(ranges.map(mergeRanges), ranges.map(mergeRanges), (some, others) => {
        const [left, both] = [subtractRanges(some, others), intersectRanges(some, others)]
        expectOrdered(left)
        expectOrdered(both)
        const isOther = (offset: number) => offsetsOf(others).has(offset)
        const all = [...offsetsOf(some)]
        expect(offsetsOf(left)).toEqual(new Set(all.filter(offset => !isOther(offset))))
        expect(offsetsOf(both)).toEqual(new Set(all.filter(isOther)))
      }),
    )
  })
})

test.each([
  [[range(7, 8)], 'offset 7'],
  [[range(7, 9)], 'offsets 7 to 8'],
  [[range(3, 6), range(9, 10)], 'offsets 3 to 5 and 9'],
  [
    Array.from({ length: 7 }, (_, n) => range(n * 2, n * 2 + 1)),
    'offsets 0, 2, 4, 6, 8 and 2 more ranges',
  ],
])('ranges read as %j', (some, text) => {
  expect(rangesText(some)).toBe(text)
})
