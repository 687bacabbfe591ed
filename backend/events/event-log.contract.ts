import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isFailure } from '../base/failure.ts'
import type { EventLog, TopicSettings } from './event-log.ts'
import { offsetAt, type RecordBatch, valuesAt } from './record-batch.ts'

export interface EventLogHarness {
  open(): Promise<EventLog>
  /** Ends what `open` made and opens it again on the same data. */
  reopen(log: EventLog): Promise<EventLog>
  dispose(log: EventLog): Promise<void>
}

const settings: TopicSettings = {
  partitionCount: 3,
  retention: { ageMsMax: Infinity, bytesMax: Infinity },
}
const patient = { bytesMax: 1 << 20, waitMsMax: 2000 }
const impatient = { bytesMax: 1 << 20, waitMsMax: 0 }

/** What every event log promises; run against each implementation. */
export function eventLogContract(name: string, harness: EventLogHarness): void {
  describe(`${name} is an event log`, () => {
    let log: EventLog
    beforeEach(async () => {
      log = await harness.open()
    })
    afterEach(async () => {
      await harness.dispose(log)
    })

    test('a topic keeps its id and partitions when it is ensured again', async () => {
      const first = await log.ensureTopic('orders', settings)
      const second = await log.ensureTopic('orders', { ...settings, partitionCount: 7 })
      expect(first.partitions).toHaveLength(3)
      expect(second.topicId).toBe(first.topicId)
      expect(second.partitions).toHaveLength(3)
    })

    test('a topic that was never made is a named failure', async () => {
      await expect(log.describeTopic('nowhere')).rejects.toSatisfy(error =>
        isFailure(error, 'unknown-stream'),
      )
    })

    test('records of one key keep their order and come back as they were', async () => {
      await log.ensureTopic('orders', settings)
      for (let n = 0; n < 20; n++) await append(log, [`k`, `{"n":${n}}`])
      const values = await readAll(log)
      expect(values.map(value => value.text)).toEqual(
        Array.from({ length: 20 }, (_, n) => `{"n":${n}}`),
      )
      expect(values.map(value => value.offset)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    })

    test('records without a key are spread over the partitions', async () => {
      await log.ensureTopic('orders', settings)
      const ranges = await log.append(
        'orders',
        Array.from({ length: 300 }, () => ({ key: undefined, value: Buffer.from('{}') })),
      )
      expect(ranges.map(range => range.partition)).toEqual([0, 1, 2])
    })

    test('the answer to an append names offsets without gaps or overlaps', async () => {
      await log.ensureTopic('orders', settings)
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          log.append(
            'orders',
            Array.from({ length: n + 1 }, (_, k) => ({
              key: `${k % 5}`,
              value: Buffer.from(`{"n":${n}}`),
            })),
          ),
        ),
      )
      const taken = new Map<number, Set<number>>()
      for (const range of answers.flat()) {
        const offsets = taken.get(range.partition) ?? new Set()
        taken.set(range.partition, offsets)
        for (let offset = range.firstOffset; offset <= range.lastOffset; offset++) {
          expect(offsets.has(offset)).toBe(false)
          offsets.add(offset)
        }
      }
      const { partitions } = await log.describeTopic('orders')
      for (const { partition, endOffset } of partitions) {
        expect(taken.get(partition)?.size ?? 0).toBe(endOffset)
      }
      expect(partitions.reduce((sum, { endOffset }) => sum + endOffset, 0)).toBe(465)
    })

    test('any value comes back byte for byte', async () => {
      await log.ensureTopic('orders', settings)
      const values = [
        Buffer.from('{"a":1}'),
        Buffer.from(''),
        Buffer.from([0xff, 0xfe, 0x00]),
        Buffer.from('not\njson'),
        Buffer.from('  '),
        Buffer.from('{"long":"'.concat('x'.repeat(100_000), '"}')),
      ]
      await log.append(
        'orders',
        values.map(value => ({ key: 'k', value })),
      )
      const read = await readAll(log)
      expect(read.map(value => value.raw.toString('hex'))).toEqual(
        values.map(value => value.toString('hex')),
      )
    })

    test('JSON over several lines stays the same JSON', async () => {
      await log.ensureTopic('orders', settings)
      await append(log, ['k', '{\r\n  "a": "b\\n",\n  "c": [1,\n2]\n}'])
      const [value] = await readAll(log)
      expect(JSON.parse(value?.text ?? '')).toEqual({ a: 'b\n', c: [1, 2] })
    })

    test('a read begins at any offset, inside a block as well', async () => {
      await log.ensureTopic('orders', settings)
      await log.append(
        'orders',
        Array.from({ length: 50 }, (_, n) => ({ key: 'k', value: Buffer.from(`{"n":${n}}`) })),
      )
      const partition = (await readAll(log))[0]?.partition ?? 0
      for (const from of [0, 1, 17, 49]) {
        const { batches } = await log.read('orders', new Map([[partition, from]]), impatient)
        expect(recordsOf(batches).map(record => record.offset)[0]).toBe(from)
        expect(recordsOf(batches)).toHaveLength(50 - from)
      }
    })

    test('a read stops near its byte limit and goes on where it stopped', async () => {
      await log.ensureTopic('orders', { ...settings, partitionCount: 1 })
      const value = Buffer.from(`{"pad":"${'x'.repeat(2000)}"}`)
      for (let n = 0; n < 20; n++) {
        await log.append(
          'orders',
          Array.from({ length: 50 }, () => ({ key: 'k', value })),
        )
      }
      let position = 0
      let reads = 0
      while (position < 1000) {
        const { batches } = await log.read('orders', new Map([[0, position]]), {
          bytesMax: 200_000,
          waitMsMax: 0,
        })
        for (const record of recordsOf(batches)) expect(record.offset).toBe(position++)
        reads++
      }
      expect(reads).toBeGreaterThan(3)
    })

    test('a read takes no more than it may of values that are no text', async () => {
      await log.ensureTopic('orders', settings)
      const value = Buffer.alloc(100_000, 0xff)
      for (let n = 0; n < 10; n++) {
        await log.append('orders', [
          { key: 'k', value },
          { key: 'k', value },
        ])
      }
      const read = await log.read('orders', new Map([[0, 0]]), { ...impatient, bytesMax: 400_000 })
      expect(recordsOf(read.batches).length).toBeLessThan(10)
    })

    test('a read waits for what comes, and no longer than it may', async () => {
      await log.ensureTopic('orders', settings)
      const positions = new Map([0, 1, 2].map(partition => [partition, 0]))
      const empty = await log.read('orders', positions, { bytesMax: 1000, waitMsMax: 20 })
      expect(empty.batches).toEqual([])
      const waiting = log.read('orders', positions, { bytesMax: 1000, waitMsMax: 10_000 })
      await delay(50)
      await append(log, ['k', '{"late":true}'])
      expect((await waiting).batches).toHaveLength(1)
    })

    test('an aborted read ends at once', async () => {
      await log.ensureTopic('orders', settings)
      const controller = new AbortController()
      const waiting = log.read('orders', new Map([[0, 0]]), {
        bytesMax: 1000,
        waitMsMax: 60_000,
        signal: controller.signal,
      })
      await delay(20)
      controller.abort()
      expect((await waiting).batches).toEqual([])
    })

    test('what was appended before a read began lies below the end offsets it names', async () => {
      await log.ensureTopic('orders', settings)
      await append(log, ['k', '{"n":1}'])
      const positions = new Map([0, 1, 2].map(partition => [partition, 0]))
      const { endOffsets, readAt } = await log.read('orders', positions, impatient)
      expect([...endOffsets.values()].reduce((sum, end) => sum + end, 0)).toBe(1)
      expect(readAt).toBeGreaterThan(0)
    })

    test('acknowledged records and the topic id survive a restart', async () => {
      const before = await log.ensureTopic('orders', settings)
      await append(log, ['a', '{"n":1}'], ['b', '{"n":2}'])
      log = await harness.reopen(log)
      const after = await log.ensureTopic('orders', settings)
      expect(after.topicId).toBe(before.topicId)
      expect((await readAll(log)).map(value => value.text).sort()).toEqual(['{"n":1}', '{"n":2}'])
      await append(log, ['a', '{"n":3}'])
      expect(await readAll(log)).toHaveLength(3)
    })

    test('a repeated append of a numbering producer changes nothing and is answered the same', async () => {
      await log.ensureTopic('orders', settings)
      const records = [
        { key: 'a', value: Buffer.from('{"n":1}') },
        { key: 'b', value: Buffer.from('{"n":2}') },
      ]
      const producer = { id: 'import-1', sequence: 1 }
      const first = await log.append('orders', records, { producer })
      log = await harness.reopen(log)
      await log.ensureTopic('orders', settings)
      const [again, concurrently] = await Promise.all([
        log.append('orders', records, { producer }),
        log.append('orders', records, { producer }),
      ])
      expect(again).toEqual(first)
      expect(concurrently).toEqual(first)
      const count = async () => (await readAll(log)).length
      await expect.poll(count).toBe(2)
      await log.append('orders', records, { producer: { id: 'import-1', sequence: 2 } })
      await expect.poll(count).toBe(4)
    })

    test('a member that is alone has all partitions, and may say how far it took them', async () => {
      const { partitions } = await log.ensureTopic('orders', settings)
      await log.append('orders', [{ key: 'a', value: Buffer.from('{}') }])
      const membership = await log.join('orders', 'group')
      const assignment = await membership.assignment(new AbortController().signal)
      expect(assignment.partitions).toEqual(partitions.map(({ partition }) => partition))
      expect(assignment.lost.aborted).toBe(false)
      await membership.commitOffsets(new Map(partitions.map(({ partition }) => [partition, 0])))
      await membership.leave()
    })

    test('any interleaving of appends and reads yields every record once, in order', async () => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.nat(30) }), {
            maxLength: 15,
          }),
          async steps => {
            const topic = `t${run++}`
            const { partitions } = await log.ensureTopic(topic, settings)
            const positions = new Map(partitions.map(({ partition }) => [partition, 0]))
            const seen: number[] = []
            let next = 0
            const readMore = async () => {
              const { batches } = await log.read(topic, positions, patient)
              for (const record of recordsOf(batches)) {
                expect(record.offset).toBe(positions.get(record.partition))
                positions.set(record.partition, record.offset + 1)
                seen.push(Number(JSON.parse(record.text).n))
              }
            }
            for (const step of steps) {
              const records = Array.from({ length: step.size }, () => ({
                key: step.key,
                value: Buffer.from(`{"n":${next++}}`),
              }))
              await log.append(topic, records)
              if (step.size % 3 === 0 && seen.length < next) await readMore()
            }
            while (seen.length < next) await readMore()
            expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, n) => n))
          },
        ),
        { numRuns: 15 },
      )
    })
  })
}

async function append(log: EventLog, ...records: [string, string][]): Promise<void> {
  await log.append(
    'orders',
    records.map(([key, text]) => ({ key, value: Buffer.from(text) })),
  )
}

interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly raw: Buffer
  readonly text: string
}

async function readAll(log: EventLog): Promise<ReadRecord[]> {
  const { partitions } = await log.describeTopic('orders')
  const positions = new Map(partitions.map(p => [p.partition, p.earliestOffset]))
  const records: ReadRecord[] = []
  for (;;) {
    const { batches, endOffsets } = await log.read('orders', positions, patient)
    for (const batch of batches) positions.set(batch.partition, batch.nextOffset)
    records.push(...recordsOf(batches))
    if ([...endOffsets].every(([partition, end]) => (positions.get(partition) ?? 0) >= end)) {
      return records
    }
  }
}

export function recordsOf(batches: readonly RecordBatch[]): ReadRecord[] {
  return batches.flatMap(batch => {
    const indexes = Array.from({ length: batch.count }, (_, index) => index)
    return [...valuesAt(batch, indexes)].map((raw, index) => ({
      partition: batch.partition,
      offset: offsetAt(batch, index),
      raw,
      text: raw.toString('utf8'),
    }))
  })
}
