import type { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { NumberedAppends } from './kafka-numbered-appends.ts'
import { RecordBatchBuilder } from './record-batch.ts'

const ranges = [{ partition: 0, firstOffset: 7, lastOffset: 7 }]

/** A Kafka whose committed states come into sight when the producer of their name is fenced, as it is by transactions. */
class FakeKafka {
  isFenced = false
  appended = 0

  producer() {
    const sendBatch = async () => {
      this.appended++
      return [{ topicName: 'orders', partition: 0, errorCode: 0, baseOffset: '7' }]
    }
    const nothing = async () => {}
    return {
      connect: nothing,
      transaction: async () => {
        this.isFenced = true
        return { sendBatch, send: nothing, commit: nothing, abort: nothing }
      },
      disconnect: nothing,
    }
  }

  async *readStates() {
    const states = new RecordBatchBuilder(0, 0)
    const state = JSON.stringify({ producer: 'orders/a', sequence: 1, ranges })
    if (this.isFenced) states.add({ offset: 0, timestamp: 0, value: Buffer.from(state) })
    yield states.build()
  }
}

test('a repeated append is answered by what an earlier process committed at the last moment', async () => {
  const fake = new FakeKafka()
  const appends = new NumberedAppends({
    kafka: fake as unknown as Kafka,
    stateTopic: 'states',
    partitionCount: async () => 1,
    readStates: () => fake.readStates(),
  })
  const append = (sequence: number) =>
    appends.append({
      topic: 'orders',
      records: [{ key: undefined, value: Buffer.from('{}') }],
      producer: { id: 'a', sequence },
    })
  expect(await append(1)).toEqual(ranges)
  expect(fake.appended).toBe(0)
  expect(await append(2)).toEqual(ranges)
  expect(fake.appended).toBe(1)
  await appends.close()
})
