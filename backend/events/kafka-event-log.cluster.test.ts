import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import { silentLog } from '../base/log.ts'
import { eventLogContract } from './event-log.contract.ts'
import { KafkaEventLog } from './kafka-event-log.ts'

function open(topicPrefix: string): KafkaEventLog {
  const options = { brokers: [inject('cluster').kafka], topicPrefix, replicationFactor: 1 }
  return new KafkaEventLog(options, systemClock, silentLog)
}

let prefix = ''
eventLogContract('KafkaEventLog', {
  async open() {
    prefix = `contract-${randomUUID()}-`
    return open(prefix)
  },
  async reopen(log) {
    await log.close()
    return open(prefix)
  },
  dispose: log => log.close(),
})

const never = new AbortController().signal

async function isEventually(isSo: () => Promise<boolean>): Promise<void> {
  await expect.poll(isSo, { timeout: 30_000, interval: 200 }).toBe(true)
}

test('members share the partitions, and who leaves leaves them to the others', async () => {
  const log = open(`shared-${randomUUID()}-`)
  const settings = {
    partitionCount: 4,
    retention: { ageMsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY },
  }
  await log.ensureTopic('orders', settings)
  const first = await log.join('orders', 'group')
  const alone = await first.assignment(never)
  expect(alone.partitions).toEqual([0, 1, 2, 3])
  const second = await log.join('orders', 'group')
  const parts = async () => {
    const both = await Promise.all([first, second].map(member => member.assignment(never)))
    return both.map(({ partitions }) => partitions)
  }
  await isEventually(async () => (await parts()).every(({ length }) => length === 2))
  expect((await parts()).flat().toSorted()).toEqual([0, 1, 2, 3])
  expect(alone.lost.aborted).toBe(true)
  await first.leave()
  await isEventually(async () => (await second.assignment(never)).partitions.length === 4)
  await second.leave()
  await log.close()
})

test('a topic that is deleted and made again while it is read is another one', async () => {
  const topicPrefix = `remade-${randomUUID()}-`
  const log = open(topicPrefix)
  const settings = {
    partitionCount: 1,
    retention: { ageMsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY },
  }
  const before = await log.ensureTopic('orders', settings)
  const read = () => log.read('orders', new Map([[0, 0]]), { bytesMax: 1_000, waitMsMax: 200 })
  const failureOf = async () => (await read().catch(error => error)) as unknown
  await log.append('orders', [{ key: undefined, value: Buffer.from('1') }])
  expect((await read()).batches).toHaveLength(1)
  const admin = new Kafka({
    brokers: [inject('cluster').kafka],
    logLevel: logLevel.NOTHING,
  }).admin()
  await admin.connect()
  const topic = `${topicPrefix}orders`
  await admin.deleteTopics({ topics: [topic] })
  await expect.poll(async () => isFailure(await failureOf(), 'unknown-stream')).toBe(true)
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  await isEventually(async () => (await log.describeTopic('orders')).topicId !== before.topicId)
  await admin.disconnect()
  await log.close()
})

test('a repeated append is known though a transaction of another producer, begun before it, is still open', async () => {
  const topicPrefix = `open-${randomUUID()}-`
  const settings = {
    partitionCount: 1,
    retention: { ageMsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY },
  }
  const [first, next] = [open(topicPrefix), open(topicPrefix)]
  await first.ensureTopic('orders', settings)
  const append = (log: KafkaEventLog, id: string, sequence: number) =>
    log.append('orders', [{ key: undefined, value: Buffer.from('1') }], {
      producer: { id, sequence },
    })
  await append(first, 'a', 1)
  const other = new Kafka({
    brokers: [inject('cluster').kafka],
    logLevel: logLevel.NOTHING,
  }).producer({ transactionalId: `${topicPrefix}other`, idempotent: true, maxInFlightRequests: 1 })
  await other.connect()
  const transaction = await other.transaction()
  await transaction.send({
    topic: `${topicPrefix}millrace-appends`,
    messages: [{ key: 'other', value: '{"producer":"other","sequence":1,"ranges":[]}' }],
  })
  const ranges = await append(first, 'a', 2)
  const again = append(next, 'a', 2)
  const soon = new Promise(resolve => setTimeout(resolve, 1_000))
  expect(await Promise.race([again, soon])).toBeUndefined()
  await transaction.commit()
  expect(await again).toEqual(ranges)
  await other.disconnect()
  await first.close()
  await next.close()
})
