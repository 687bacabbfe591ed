import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
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
