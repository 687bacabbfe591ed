import { expect, test } from 'vitest'
import { murmur2, partitionOf } from './partitioner.ts'

test('keys land where Kafka’s own clients put them', () => {
  // Values of org.apache.kafka.common.utils.Utils.murmur2, as its own unit test lists them.
  const known: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [key, hash] of known) expect(murmur2(Buffer.from(key))).toBe(hash)
})

test('a partition lies within the partitions there are', () => {
  for (let n = 0; n < 1000; n++) {
    expect(partitionOf(`user-${n}`, 7)).toBeGreaterThanOrEqual(0)
    expect(partitionOf(`user-${n}`, 7)).toBeLessThan(7)
  }
})
