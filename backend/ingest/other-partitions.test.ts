import { expect, test } from 'vitest'
import type { RecordBatch } from '../events/record-batch.ts'
import { RecordBatchBuilder } from '../events/record-batch.ts'
import type { IngestParts } from './ingest-parts.ts'
import { OtherPartitions } from './other-partitions.ts'
import { StreamProgress } from './stream-progress.ts'

/** A stream of one partition whose owner is elsewhere. */
function openOther() {
  let now = 10_000
  const stop = new AbortController()
  const progress = new StreamProgress('orders', now)
  const told: { batches: readonly RecordBatch[]; asOf: number }[] = []
  const tail: RecordBatch[] = []
  const other = {
    endOffset: 0,
    snapshot: { version: 0, transactions: new Map(), domains: new Map() },
    heardOfCommits: 0,
    progress,
    told,
    /** What the owner writes to the live store: one record. */
    write(offset: number) {
      const builder = new RecordBatchBuilder(0, offset)
      builder.add({ offset, timestamp: now, value: Buffer.from('{}') })
      tail.push(builder.build())
    },
    commit(version: number, endOffset: number) {
      const transaction = { appId: 'orders-0', version: endOffset - 1, lastUpdated: 0 }
      const transactions = new Map([['orders-0', transaction]])
      other.snapshot = { version, transactions, domains: new Map() }
    },
    /** Follows for some seconds of a clock that does not wait. */
    async follow(seconds: number, positions: ReadonlyMap<number, number>) {
      const until = now + seconds * 1000
      const parts = {
        clock: {
          now: () => now,
          elapsed: () => now,
          sleep: async (ms: number) => {
            now += ms
            if (now >= until) stop.abort()
          },
        },
        eventLog: {
          describeTopic: async () => ({
            partitions: [{ partition: 0, earliestOffset: 0, endOffset: other.endOffset }],
          }),
        },
        definition: { stream: 'orders' },
        progress,
        follower: {
          committed() {
            other.heardOfCommits++
          },
        },
        tables: { events: { refresh: async () => other.snapshot } },
      } as unknown as IngestParts
      const session = {
        tail: {
          async *read(_: number, position: number) {
            yield* tail.filter(batch => batch.firstOffset >= position)
          },
        } as never,
        positions,
        told: (batches: readonly RecordBatch[], asOf: number) => told.push({ batches, asOf }),
      }
      await new OtherPartitions(parts, session).run(stop.signal)
      return now
    },
  }
  return other
}

test('what the owner wrote is told once, and news is as old as what is missing', async () => {
  const other = openOther()
  other.endOffset = 3
  other.write(0)
  other.write(1)
  await other.follow(2, new Map([[0, 0]]))
  expect(other.told.flatMap(({ batches }) => batches.map(batch => batch.firstOffset))).toEqual([
    0, 1,
  ])
  expect(other.told.at(-1)?.asOf).toBe(0)
})

test('when nothing is missing, news is as young as the last look', async () => {
  const other = openOther()
  other.endOffset = 1
  other.write(0)
  const now = await other.follow(2, new Map([[0, 0]]))
  expect(now - (other.told.at(-1)?.asOf ?? 0)).toBeLessThanOrEqual(200)
})

test("the owner's commits are heard of, although this process has read them before for another purpose", async () => {
  const other = openOther()
  other.endOffset = 5
  other.commit(7, 5)
  await other.follow(5, new Map([[0, 0]]))
  expect(other.heardOfCommits).toBe(1)
  expect(other.progress.status(0).partitions[0]?.committedOffset).toBe(5)
})
