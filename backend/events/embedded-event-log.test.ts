import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import { makeTemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts'
import { EmbeddedEventLog } from './embedded-event-log.ts'
import { eventLogContract } from './event-log.contract.ts'

let folder = ''
eventLogContract('EmbeddedEventLog', {
  async open() {
    folder = await makeTemporaryFolder()
    return EmbeddedEventLog.open(folder, systemClock)
  },
  async reopen(log) {
    await log.close()
    return EmbeddedEventLog.open(folder, systemClock)
  },
  async dispose(log) {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  },
})

describe('EmbeddedEventLog', () => {
  test('a folder that another log has open is refused by name', async () => {
    const folder = await temporaryFolder()
    const log = await EmbeddedEventLog.open(folder, systemClock)
    await expect(EmbeddedEventLog.open(folder, systemClock)).rejects.toSatisfy(error =>
      isFailure(error, 'home-in-use'),
    )
    await log.close()
  })

  test('retention drops only what every group has passed, and reading below it is refused by name', async () => {
    let now = 1_000_000
    const clock = { now: () => now, elapsed: () => now, sleep: async () => {} }
    const log = await EmbeddedEventLog.open(await temporaryFolder(), clock)
    const retention = { ageMsMax: 60_000, bytesMax: Infinity }
    await log.ensureTopic('t', { partitionCount: 1, retention })
    for (let n = 0; n < 10; n++) {
      await log.append('t', [{ key: 'k', value: Buffer.from(`{"n":${n}}`) }])
    }
    now += 100_000
    await log.append('t', [{ key: 'k', value: Buffer.from('{"n":10}') }])
    await (await log.join('t', 'slow')).commitOffsets(new Map([[0, 4]]))
    await (await log.join('t', 'ingest')).commitOffsets(new Map([[0, 11]]))
    now += 20_000
    await (await log.join('t', 'ingest')).commitOffsets(new Map([[0, 11]]))
    expect((await log.describeTopic('t')).partitions).toEqual([
      { partition: 0, earliestOffset: 4, endOffset: 11 },
    ])
    await expect(
      log.read('t', new Map([[0, 3]]), { bytesMax: 100, waitMsMax: 0 }),
    ).rejects.toSatisfy(error => isFailure(error, 'log-offsets-expired'))
    await log.close()
  })

  test('each topic is freed of its old blocks, however their commits take turns', async () => {
    let now = 1_000_000
    const clock = { now: () => now, elapsed: () => now, sleep: async () => {} }
    const log = await EmbeddedEventLog.open(await temporaryFolder(), clock)
    const retention = { ageMsMax: 60_000, bytesMax: Infinity }
    const topics = ['first', 'second', 'third']
    for (const topic of topics) {
      await log.ensureTopic(topic, { partitionCount: 1, retention })
      for (const n of [0, 1]) {
        await log.append(topic, [{ key: 'k', value: Buffer.from(`{"n":${n}}`) }])
      }
    }
    const groups = await Promise.all(topics.map(topic => log.join(topic, 'ingest')))
    now += 100_000
    for (let round = 0; round < 5; round++) {
      for (const group of groups) {
        await group.commitOffsets(new Map([[0, 2]]))
        now += 1_000
      }
      now += 2_000
    }
    for (const topic of topics) {
      expect((await log.describeTopic(topic)).partitions[0]?.earliestOffset, topic).toBe(1)
    }
    await log.close()
  })
})
