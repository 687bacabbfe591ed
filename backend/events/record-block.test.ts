import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFailure } from '../base/failure.ts'
import {
  batchFrom,
  offsetAt,
  type RecordBatch,
  RecordBatchBuilder,
  splitBatch,
  splitBySize,
  valuesAt,
} from './record-batch.ts'
import { blockRange, decodeBlock, encodeBlock } from './record-block.ts'

interface Model {
  readonly offset: number
  readonly timestamp: number
  readonly value: Buffer
}

const value = fc.oneof(
  fc.json().map(text => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes)),
)
const models = fc
  .array(fc.record({ step: fc.integer({ min: 0, max: 3 }), timestamp: fc.nat(5), value }), {
    maxLength: 40,
  })
  .map(steps => {
    let offset = 2 ** 40
    return steps.map(({ step, timestamp, value }): Model => {
      offset += 1 + (step === 3 ? 5 : 0)
      return { offset, timestamp: 1.7e12 + timestamp, value }
    })
  })

function batchOf(records: readonly Model[]): RecordBatch {
  const builder = new RecordBatchBuilder(7, records[0]?.offset ?? 5)
  for (const record of records) builder.add(record)
  return builder.build()
}

function contentOf(batch: RecordBatch): Model[] {
  const indexes = Array.from({ length: batch.count }, (_, index) => index)
  return [...valuesAt(batch, indexes)].map((raw, index) => ({
    offset: offsetAt(batch, index),
    timestamp: batch.timestamps[index] ?? 0,
    value: Buffer.from(raw),
  }))
}

test('a block holds its batch exactly, compressed or not', async () => {
  await fc.assert(
    fc.asyncProperty(models, fc.boolean(), async (records, isCompressed) => {
      const batch = batchOf(records)
      const block = await encodeBlock(batch, { isCompressed })
      const decoded = await decodeBlock(block)
      expect(contentOf(decoded)).toEqual(contentOf(batch))
      expect(blockRange(block)).toMatchObject({
        partition: 7,
        count: records.length,
        nextOffset: (records.at(-1)?.offset ?? 4) + 1,
      })
    }),
  )
})

test('a batch from an offset on holds the records from there', () => {
  fc.assert(
    fc.property(models, fc.nat(60), (records, ahead) => {
      const from = (records[0]?.offset ?? 0) + ahead
      expect(contentOf(batchFrom(batchOf(records), from))).toEqual(
        contentOf(batchOf(records)).filter(record => record.offset >= from),
      )
    }),
  )
})

test('the parts of a batch are its records, none twice, and cover its offsets without a gap', () => {
  fc.assert(
    fc.property(models, fc.integer({ min: 1, max: 20 }), (records, offsetsMax) => {
      const batch = batchOf(records)
      const parts = [...splitBatch(batch, offsetsMax)]
      expect(parts.flatMap(contentOf)).toEqual(contentOf(batch))
      let next = batch.firstOffset
      for (const part of parts) {
        expect(part.firstOffset).toBe(next)
        expect(part.nextOffset - part.firstOffset).toBeLessThanOrEqual(offsetsMax)
        next = part.nextOffset
      }
      expect(next).toBe(batch.nextOffset)
    }),
  )
})

test('a batch is cut by what its values take, wherever they are kept', () => {
  const large = Buffer.alloc(1000, 0xff)
  const values = [large, large, Buffer.from('{}'), large, Buffer.from(`"${'x'.repeat(5000)}"`)]
  const batch = batchOf(values.map((value, n) => ({ offset: n * 3, timestamp: 1, value })))
  const parts = [...splitBySize(batch, 2500)]
  expect(parts.flatMap(contentOf)).toEqual(contentOf(batch))
  expect(parts.map(part => [part.firstOffset, part.nextOffset])).toEqual([
    [0, 6],
    [6, 9],
    [9, 12],
    [12, 13],
  ])
})

test('any changed byte of a block is found', async () => {
  const batch = batchOf([
    { offset: 1, timestamp: 1, value: Buffer.from('{"a":1}') },
    { offset: 2, timestamp: 1, value: Buffer.from('{"a":2}') },
  ])
  for (const isCompressed of [true, false]) {
    const block = await encodeBlock(batch, { isCompressed })
    for (let at = 40; at < block.length; at++) {
      const broken = Buffer.from(block)
      broken[at] = (broken[at] ?? 0) ^ 1
      await expect(decodeBlock(broken)).rejects.toSatisfy(e => isFailure(e, 'lake-corrupt'))
    }
  }
})

test('a value that JSON forbids to hold a line feed is kept beside the lines', () => {
  const batch = batchOf([{ offset: 1, timestamp: 1, value: Buffer.from('{"a":"\n"}') }])
  expect(batch.lines.toString()).toBe('{}\n')
  expect([...valuesAt(batch, [0])][0]?.toString()).toBe('{"a":"\n"}')
})
