import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { offsetAt, type RecordBatch, RecordBatchBuilder } from '../events/record-batch.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { EmbeddedLiveStore } from './embedded-live-store.ts'
import { Tail } from './tail.ts'

function batchOf(firstOffset: number, count: number): RecordBatch {
  const builder = new RecordBatchBuilder(0, firstOffset)
  for (let n = 0; n < count; n++) {
    builder.add({ offset: firstOffset + n, timestamp: 1, value: Buffer.from(`{"n":${n}}`) })
  }
  return builder.build()
}

function openTail(store: EmbeddedLiveStore, topicId: string): Promise<Tail> {
  return Tail.open(store, systemClock, { stream: 's', topicId })
}

async function offsetsFrom(tail: Tail, position: number): Promise<number[]> {
  const offsets: number[] = []
  for await (const batch of tail.read(0, position)) {
    for (let index = 0; index < batch.count; index++) offsets.push(offsetAt(batch, index))
  }
  return offsets
}

test('overlapping blocks of replays give each offset once, from any position', async () => {
  const store = await EmbeddedLiveStore.open(await temporaryFolder(), systemClock)
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 1, max: 7000 })), { maxLength: 8 }),
      fc.nat(30_000),
      async (replays, position) => {
        const tail = await openTail(store, `topic ${run++}`)
        let end = 0
        for (const [back, count] of replays) {
          const from = Math.max(0, end - back)
          await tail.write([batchOf(from, count)])
          end = Math.max(end, from + count)
        }
        const expected = Array.from({ length: Math.max(end - position, 0) }, (_, n) => position + n)
        expect(await offsetsFrom(tail, position)).toEqual(expected)
      },
    ),
    { numRuns: 40 },
  )
  await store.close()
})

test('blocks stay small enough for a cell of HBase, whatever the events are', async () => {
  const store = await EmbeddedLiveStore.open(await temporaryFolder(), systemClock)
  const tail = await openTail(store, 'topic')
  const builder = new RecordBatchBuilder(0, 7)
  const value = Buffer.from(`{"n":"${'x'.repeat(50_000)}"}`)
  for (let n = 0; n < 200; n++) builder.add({ offset: 7 + 2 * n, timestamp: 1, value })
  await tail.write([builder.build()])
  let [blocks, largest] = [0, 0]
  for await (const { batch } of tail.blocks(0, 0)) {
    blocks++
    largest = Math.max(largest, batch?.lines.length ?? 0)
  }
  expect(blocks).toBeGreaterThan(4)
  expect(largest).toBeLessThanOrEqual(2 ** 21)
  expect(await offsetsFrom(tail, 0)).toEqual([])
  expect(await offsetsFrom(tail, 7)).toEqual(Array.from({ length: 200 }, (_, n) => 7 + 2 * n))
  await store.close()
})

test('reading stops before a gap', async () => {
  const store = await EmbeddedLiveStore.open(await temporaryFolder(), systemClock)
  const tail = await openTail(store, 'topic')
  await tail.write([batchOf(0, 3), batchOf(5, 3)])
  expect(await offsetsFrom(tail, 0)).toEqual([0, 1, 2])
  expect(await offsetsFrom(tail, 5)).toEqual([5, 6, 7])
  await store.close()
})

test('forgotten blocks are gone, also those of a process before, and the others stay', async () => {
  const store = await EmbeddedLiveStore.open(await temporaryFolder(), systemClock)
  const before = await openTail(store, 'topic')
  await before.write([batchOf(0, 10), batchOf(10, 10)])
  const tail = await openTail(store, 'topic')
  await tail.write([batchOf(20, 10)])
  await tail.forget(new Map([[0, 25]]))
  const rows = []
  for await (const batch of store.scan('tail_s')) rows.push(...batch)
  expect(rows).toHaveLength(1)
  expect(await offsetsFrom(tail, 25)).toEqual([25, 26, 27, 28, 29])
  await store.close()
})
