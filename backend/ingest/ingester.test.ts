import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import { lakeRows, openEmbeddedIngest, ordersDefinition } from '../testing/embedded-ingest.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { accountFor, addAccounting, checkIdentity } from './accounting.ts'
import { commitToLake, streamDomain } from './lake-commit.ts'
import type { PendingCommit } from './pending-rows.ts'

type Parts = Awaited<ReturnType<typeof openEmbeddedIngest>>

const good = (id: number) => `{"at":"2019-10-0${(id % 9) + 1} 00:00:00","id":${id}}`

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    if (await condition()) return
    await delay(10)
  }
  throw new Error('it did not come to that within ten seconds')
}

async function committedOffsets(parts: Parts): Promise<number> {
  const { partitions } = parts.progress.status(Date.now())
  return partitions.reduce((sum, part) => sum + part.committedOffset, 0)
}

async function idsIn(parts: Parts): Promise<number[]> {
  const rows = await lakeRows(parts.connection, parts.lake, parts.tables.events, 'SELECT id')
  return rows.map(row => Number(row[0])).sort((a, b) => a - b)
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('ingest', () => {
  test('every event becomes a row of the lake or a dead letter, once, and the books say so', async () => {
    const parts = await openEmbeddedIngest(await temporaryFolder())
    const ingester = parts.startIngest()
    for (let n = 0; n < 20; n++) {
      const values = range(50).map(k => (k % 10 === 0 ? `bad ${n}` : good(n * 50 + k)))
      await parts.produce(values)
    }
    await until(async () => (await committedOffsets(parts)) === 1000)
    await ingester.stop()
    expect(await idsIn(parts)).toEqual(range(1000).filter(id => id % 10 !== 0))
    const dead = await lakeRows(
      parts.connection,
      parts.lake,
      parts.tables.deadLetters,
      'SELECT count(*)::INT, count(DISTINCT (log_partition, log_offset))::INT, min(reason), max(raw)',
    )
    expect(dead).toEqual([[100, 100, 'not-json', 'bad 9']])
    const domain = streamDomain(parts.tables.events.snapshot, 'orders')
    checkIdentity(new Map(domain?.partitions.map(part => [part.partition, part])))
    expect(domain?.partitions.reduce((sum, part) => sum + part.rows, 0)).toBe(900)
    expect(domain?.partitions.reduce((sum, part) => sum + part.deadLetters, 0)).toBe(100)
    await parts.close()
  })

  test('a restart goes on where the lake ends, whatever the stop interrupted', async () => {
    const folder = await temporaryFolder()
    let produced = 0
    for (let round = 0; round < 6; round++) {
      const parts = await openEmbeddedIngest(folder, { commitEveryMs: 30 })
      const ingester = parts.startIngest()
      for (let n = 0; n < 5; n++) {
        await parts.produce(range(40).map(() => good(produced++)))
        await delay(15)
      }
      await ingester.stop()
      await parts.close()
    }
    const parts = await openEmbeddedIngest(folder)
    const ingester = parts.startIngest()
    await until(async () => (await committedOffsets(parts)) === produced)
    await ingester.stop()
    expect(await idsIn(parts)).toEqual(range(produced))
    await parts.close()
  })

  test('a second writer of the same stream changes nothing that was committed', async () => {
    const folder = await temporaryFolder()
    const parts = await openEmbeddedIngest(folder, { commitEveryMs: 20 })
    const rivals = [parts.startIngest(), parts.startIngest()]
    for (let n = 0; n < 15; n++) {
      await parts.produce(range(40).map(k => good(n * 40 + k)))
      await delay(10)
    }
    await until(async () => (await committedOffsets(parts)) === 600)
    for (const rival of rivals) await rival.stop()
    expect(await idsIn(parts)).toEqual(range(600))
    await parts.close()
  })

  test('a big backlog is taken in commits of about the size that was set', async () => {
    const parts = await openEmbeddedIngest(await temporaryFolder(), {
      commitRowsMax: 3000,
      commitEveryMs: 60_000,
      batchBytesMax: 64 << 10,
    })
    for (let n = 0; n < 30; n++) await parts.produce(range(1000).map(k => good(n * 1000 + k)))
    const ingester = parts.startIngest()
    await until(async () => (await committedOffsets(parts)) >= 25_000)
    await ingester.stop()
    expect(parts.tables.events.snapshot.version).toBeGreaterThanOrEqual(5)
    expect(await idsIn(parts)).toEqual(range(30_000))
    await parts.close()
  })

  test('a clock that is put back an hour keeps no commit waiting', async () => {
    let behindMs = 0
    const clock = { ...systemClock, now: () => Date.now() - behindMs }
    const parts = await openEmbeddedIngest(await temporaryFolder(), { commitEveryMs: 1_500 }, clock)
    const ingester = parts.startIngest()
    await parts.produce(range(30).map(good))
    await new Promise(resolve => setTimeout(resolve, 500))
    behindMs = 3_600_000
    await until(async () => (await committedOffsets(parts)) === 30)
    await ingester.stop()
    await parts.close()
  })

  test('a topic that was made anew is refused by name and nothing is mixed', async () => {
    const folder = await temporaryFolder()
    const first = await openEmbeddedIngest(folder)
    const ingester = first.startIngest()
    await first.produce(range(30).map(good))
    await until(async () => (await committedOffsets(first)) === 30)
    await ingester.stop()
    await first.close()
    const { rm } = await import('node:fs/promises')
    await rm(`${folder}/log`, { recursive: true })
    const second = await openEmbeddedIngest(folder)
    await second.produce(range(100).map(good))
    const again = second.startIngest()
    await until(() => second.progress.status(Date.now()).state === 'halted')
    expect(second.progress.status(Date.now()).problem?.code).toBe('log-topic-recreated')
    await again.stop()
    expect(await idsIn(second)).toHaveLength(30)
    await second.close()
  })
})

test('offsets that are committed, or that leave a gap, are refused by name', async () => {
  const parts = await openEmbeddedIngest(await temporaryFolder())
  const { tables, lake } = parts
  const options = {
    topicId: 'topic',
    tables,
    lake,
    clock: systemClock,
    definition: ordersDefinition,
  }
  const commit = (firstOffset: number) =>
    commitToLake(
      {
        accounting: accountFor([batchOf(firstOffset, 2)], []),
        rows: undefined,
        deadLettersAbove: () => expect.fail('there are none'),
        release: async () => {},
      },
      options,
    )
  await commit(0)
  await expect(commit(1)).rejects.toSatisfy(error => isFailure(error, 'lake-conflict'))
  await expect(commit(3)).rejects.toSatisfy(error => isFailure(error, 'ingest-gap'))
  await commit(2)
  await parts.close()
})

test('dead letters that another process commits while they are written here are not there twice', async () => {
  const parts = await openEmbeddedIngest(await temporaryFolder())
  const { tables, lake } = parts
  const accounting = accountFor([batchOf(0, 1)], [{ partition: 2 }])
  const options = {
    topicId: 'topic',
    tables,
    lake,
    clock: systemClock,
    definition: ordersDefinition,
  }
  const pending = (meanwhile: () => Promise<unknown>): PendingCommit => ({
    accounting,
    rows: undefined,
    deadLettersAbove: () => ({
      async writeFiles(_, take) {
        await meanwhile()
        return take([])
      },
    }),
    release: async () => {},
  })
  const committed = commitToLake(
    pending(() =>
      commitToLake(
        pending(async () => {}),
        options,
      ),
    ),
    options,
  )
  await expect(committed).rejects.toSatisfy(error => isFailure(error, 'lake-conflict'))
  expect(tables.deadLetters.snapshot.version).toBe(1)
  await parts.close()
})

test('accounts of consecutive batches add up, and a hole between them is a broken invariant', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(5)), { maxLength: 10 }), steps => {
      let accounting = new Map() as ReturnType<typeof accountFor>
      let offset = 7
      let dead = 0
      for (const [count, deadCount] of steps) {
        const letters = range(Math.min(deadCount, count)).map(() => ({ partition: 2 }))
        dead += letters.length
        const batch = batchOf(offset, count)
        accounting = addAccounting(accounting, accountFor([batch], letters))
        offset += count
      }
      checkIdentity(accounting)
      expect(accounting.get(2)?.deadLetters ?? 0).toBe(dead)
      if (accounting.size > 0) {
        const next = accountFor([batchOf(offset + 1, 1)], [])
        expect(() => addAccounting(accounting, next)).toThrow('goes on at')
      }
    }),
  )
})

function batchOf(firstOffset: number, count: number) {
  return {
    partition: 2,
    count,
    firstOffset,
    nextOffset: firstOffset + count,
    offsets: undefined,
    timestamps: new Float64Array(count),
    lines: Buffer.alloc(0),
    odd: new Map(),
  }
}
