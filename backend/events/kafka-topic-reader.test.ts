import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import type { FetchedPartition, FetchOptions } from './kafka-fetch.ts'
import { KafkaTopicReader } from './kafka-topic-reader.ts'

/** An empty stored batch of one offset, as compaction leaves it: enough to go on from. */
function storedBatch(offset: number): Buffer {
  const batch = Buffer.alloc(61)
  batch.writeBigInt64BE(BigInt(offset), 0)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt8(2, 16)
  return batch
}

/** A broker whose stored batches are all larger than a partition's share: it gives the first one that it has. */
class FakeBroker {
  asked: number[][] = []
  readonly ends = new Map([
    [0, 1_000],
    [1, 1_000],
    [2, 0],
  ])

  async fetch(_leader: number, { positions }: FetchOptions): Promise<FetchedPartition[]> {
    this.asked.push([...positions.keys()])
    let isFull = false
    return [...positions].map(([partition, offset]) => {
      const end = this.ends.get(partition) ?? 0
      const records = isFull || offset >= end ? Buffer.alloc(0) : storedBatch(offset)
      isFull ||= records.length > 0
      const known = { errorCode: 0, logStartOffset: 0, aborted: [] }
      return { partition, lastStableOffset: end, records, ...known }
    })
  }
}

test('a partition with large stored batches is not kept waiting by one that always has more', async () => {
  const broker = new FakeBroker()
  const leaders = new Map([...broker.ends.keys()].map(partition => [partition, 1]))
  const topic = { errorCode: 0, topic: 'events', id: Buffer.alloc(16), leaders }
  const reader = new KafkaTopicReader(topic, broker as unknown as KafkaCluster, systemClock)
  const positions = new Map([...broker.ends.keys()].map(partition => [partition, 0]))
  for (let read = 0; read < 10; read++) {
    const { batches } = await reader.read(positions, { bytesMax: 1_000, waitMsMax: 0 })
    for (const { partition, nextOffset } of batches) positions.set(partition, nextOffset)
  }
  expect(Object.fromEntries(positions)).toEqual({ 0: 5, 1: 5, 2: 0 })
})
