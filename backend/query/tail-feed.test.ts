import { expect, test } from 'vitest'
import { RecordBatchBuilder } from '../events/record-batch.ts'
import type { Tail } from '../live/tail.ts'
import { TailFeed } from './tail-feed.ts'

function batch(from: number, count: number) {
  const builder = new RecordBatchBuilder(0, from)
  for (let n = 0; n < count; n++) {
    builder.add({ offset: from + n, timestamp: 0, value: Buffer.from('{}') })
  }
  return builder.build()
}

/** A live store that holds offsets from 0 up to `end`, in blocks of ten. */
function tailUpTo(end: () => number): Tail {
  async function* read(_partition: number, position: number) {
    for (let at = position; at < end(); at += 10) yield batch(at, Math.min(10, end() - at))
  }
  return { read } as unknown as Tail
}

test('a feed has started although events keep coming all the time', async () => {
  let end = 100
  let sent = 0
  const feed: TailFeed = new TailFeed({
    tail: tailUpTo(() => end),
    positions: new Map([[0, 0]]),
    onError: error => {
      throw error
    },
    send: batches => {
      sent = Math.max(sent, ...batches.map(({ nextOffset }) => nextOffset))
      const reached = sent
      // Each answer takes a while, and more events come in the meantime.
      setTimeout(() => {
        end += 5
        feed.offer([batch(end - 5, 5)], 1)
        feed.applied(new Map([[0, reached]]), true)
      }, 2)
    },
  })
  await feed.start()
  expect(sent).toBeGreaterThanOrEqual(100)
})

test('what the engine was too busy for is read again from the live store', async () => {
  let end = 0
  const sent: number[] = []
  const answers: (() => void)[] = []
  let reached = 0
  const feed = new TailFeed({
    tail: tailUpTo(() => end),
    positions: new Map([[0, 0]]),
    onError: error => {
      throw error
    },
    send: batches => {
      const next = batches.at(-1)?.nextOffset
      if (next !== undefined) sent.push(next)
      answers.push(() => {
        reached = Math.max(reached, next ?? 0)
        feed.applied(new Map([[0, reached]]), true)
      })
    },
  })
  await feed.start()
  for (let n = 0; n < 20; n++) {
    end += 10
    feed.offer([batch(end - 10, 10)], n)
  }
  for (let n = 0; n < 200; n++) {
    answers.shift()?.()
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(sent.at(-1)).toBe(200)
  expect(sent.length).toBeLessThan(20)
})
