import { expect, test } from 'vitest'
import { mayHoldAbove } from './file-offsets.ts'

function stats(partitions: [number, number], lastOffset: number): string {
  return JSON.stringify({
    minValues: { _partition: partitions[0], _offset: 0 },
    maxValues: { _partition: partitions[1], _offset: lastOffset },
  })
}

const positions = new Map([
  [0, 100],
  [1, 50],
])

test.each<[string, string | undefined, boolean]>([
  ['whose last offset lies below its partition', stats([0, 0], 99), false],
  ['whose last offset is the next one', stats([0, 0], 100), true],
  ['of several partitions, below all of them', stats([0, 1], 49), false],
  ['of several partitions, above one of them', stats([0, 1], 50), true],
  ['of a partition without a position', stats([2, 2], 0), true],
  ['of which nothing is known', undefined, true],
  ['of which the offsets are not known', '{"minValues":{"_partition":0}}', true],
])('a file %s', (_, text, expected) => {
  expect(mayHoldAbove(text, positions)).toBe(expected)
})
