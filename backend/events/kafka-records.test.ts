import kafkajs from 'kafkajs'
import newRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js'
import recordBatch from 'kafkajs/src/protocol/recordBatch/v0/index.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { isFailure } from '../base/failure.ts'
import { registerCodecs } from './kafka-codecs.ts'
import type { FetchedPartition } from './kafka-fetch.ts'
import { recordsFrom } from './kafka-records.ts'
import { offsetAt, type RecordBatch, valuesAt } from './record-batch.ts'

const { CompressionTypes } = kafkajs
const plenty = 2 ** 20
const producerId = 7

beforeAll(registerCodecs)

interface Stored {
  readonly firstOffset?: number
  readonly values: readonly (Buffer | string | null)[]
  readonly compression?: number
  readonly transactional?: boolean
}

/** A batch as kafkajs sends it to a broker. */
async function stored({ firstOffset = 0, values, ...options }: Stored): Promise<Buffer> {
  const records = values.map((value, offsetDelta) =>
    newRecord({
      offsetDelta,
      timestampDelta: offsetDelta,
      key: offsetDelta % 2 === 0 ? null : Buffer.from('key'),
      value: value === null ? null : Buffer.from(value),
      headers: offsetDelta % 3 === 0 ? { source: 'a test' } : {},
    }),
  )
  const { buffer } = await recordBatch.RecordBatch({
    firstOffset,
    firstTimestamp: 1_000,
    maxTimestamp: 2_000,
    lastOffsetDelta: values.length - 1,
    producerId,
    records,
    ...options,
  })
  return buffer
}

/** The mark that ends a transaction: a control batch with one record. */
async function marker(firstOffset: number, type: 'abort' | 'commit'): Promise<Buffer> {
  const buffer = await stored({ firstOffset, values: [null], transactional: true })
  const control = 0x20
  const attributesAt = 21
  const headerBytes = 61
  buffer.writeInt16BE(buffer.readInt16BE(attributesAt) | control, attributesAt)
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1])
  const record = Buffer.from([0, 0, 0, 0, key.length * 2, ...key, 1, 0])
  record[0] = (record.length - 1) * 2
  const mark = Buffer.concat([buffer.subarray(0, headerBytes), record])
  mark.writeInt32BE(mark.length - 12, 8)
  return mark
}

function fetched(records: Buffer, aborted: FetchedPartition['aborted'] = []): FetchedPartition {
  const known = { partition: 3, errorCode: 0, lastStableOffset: 100, logStartOffset: 0 }
  return { ...known, aborted, records }
}

async function read(records: Buffer, position = 0, aborted: FetchedPartition['aborted'] = []) {
  const { batch } = await recordsFrom(fetched(records, aborted), position, plenty)
  if (batch === undefined) throw new Error('no batch')
  return { batch, values: textsOf(batch) }
}

function textsOf(batch: RecordBatch): string[] {
  const indexes = Array.from({ length: batch.count }, (_, index) => index)
  return [...valuesAt(batch, indexes)].map(String)
}

const lines = ['{"n":1}', '{"n":22}', '{"n":333}', '{"n":"ä€"}']

describe('records of Kafka', () => {
  test('values, times and offsets are those that were written', async () => {
    const { batch, values } = await read(await stored({ firstOffset: 40, values: lines }), 40)
    expect(values).toEqual(lines)
    expect(batch.lines.toString()).toBe(lines.map(line => `${line}\n`).join(''))
    expect([...batch.timestamps]).toEqual([1_000, 1_001, 1_002, 1_003])
    expect(batch).toMatchObject({ partition: 3, firstOffset: 40, nextOffset: 44, count: 4 })
    expect(batch.offsets).toBeUndefined()
  })

  test.each([
    ['none', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
  ])('compressed by %s', async (_, compression) => {
    const many = Array.from({ length: 5_000 }, (_, n) => `{"n":${n}}`)
    const { values } = await read(await stored({ values: many, compression }))
    expect(values).toEqual(many)
  })

  test('compressed by zstd', async () => {
    const plain = await stored({ values: lines })
    const [header, body] = [plain.subarray(0, 61), plain.subarray(61)]
    header.writeInt16BE(CompressionTypes.ZSTD, 21)
    // One block that is stored as it is.
    const block = (body.length << 3) | 1
    const start = [0x28, 0xb5, 0x2f, 0xfd, 0x20, body.length]
    const frame = Buffer.from([...start, block & 0xff, block >> 8, 0, ...body])
    const packed = Buffer.concat([header, frame])
    packed.writeInt32BE(packed.length - 12, 8)
    expect((await read(packed)).values).toEqual(lines)
  })

  test('what was fetched can be read more than once, from any offset', async () => {
    const records = Buffer.concat([
      await stored({ values: lines }),
      await stored({ firstOffset: 4, values: lines }),
    ])
    for (const position of [0, 2, 5, 7, 1]) {
      const { batch, values } = await read(records, position)
      expect(values).toEqual([...lines, ...lines].slice(position))
      expect(batch.firstOffset).toBe(position)
    }
  })

  test.each([
    ['no value', null],
    ['nothing', ''],
    ['white space', ' \t'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['several lines that are no JSON', 'a\nb'],
  ])('a value of %s is kept apart, and those beside it are lines', async (_, odd) => {
    const { batch, values } = await read(await stored({ values: ['{"n":1}', odd, '{"n":2}'] }))
    expect(batch.lines.toString()).toBe('{"n":1}\n{}\n{"n":2}\n')
    expect(values).toEqual(['{"n":1}', String(odd ?? ''), '{"n":2}'])
    expect([...batch.odd.values()]).toEqual([Buffer.from(odd ?? '')])
  })

  test('JSON over several lines becomes one line', async () => {
    const { batch } = await read(await stored({ values: ['{\r\n"n":1}', '{"n":2}'] }))
    expect(batch.lines.toString()).toBe('{  "n":1}\n{"n":2}\n')
  })

  test('records of an aborted transaction are left out, those before and after are not', async () => {
    const records = Buffer.concat([
      await stored({ values: ['{"n":0}'], transactional: true }),
      await marker(1, 'commit'),
      await stored({ firstOffset: 2, values: ['{"n":1}', '{"n":2}'], transactional: true }),
      await marker(4, 'abort'),
      await stored({ firstOffset: 5, values: ['{"n":3}'], transactional: true }),
      await marker(6, 'commit'),
    ])
    const { batch, values } = await read(records, 0, [{ producerId, firstOffset: 2 }])
    expect(values).toEqual(['{"n":0}', '{"n":3}'])
    expect([offsetAt(batch, 0), offsetAt(batch, 1), batch.nextOffset]).toEqual([0, 5, 7])
  })

  test('an aborted transaction that a fetch begins behind leaves out nothing of the next one', async () => {
    const records = Buffer.concat([
      await marker(4, 'abort'),
      await stored({ firstOffset: 5, values: ['{"n":3}'], transactional: true }),
      await marker(6, 'commit'),
    ])
    const { batch, values } = await read(records, 4, [{ producerId, firstOffset: 2 }])
    expect(values).toEqual(['{"n":3}'])
    expect([offsetAt(batch, 0), batch.nextOffset]).toEqual([5, 7])
  })

  test('a batch that was cut waits for the next read', async () => {
    const whole = await stored({ values: lines })
    const next = await stored({ firstOffset: 4, values: lines })
    const cut = Buffer.concat([whole, next.subarray(0, next.length - 3)])
    expect((await read(cut)).batch.nextOffset).toBe(4)
  })

  test('a format that cannot be read is named', async () => {
    const old = await stored({ values: lines })
    old.writeInt8(1, 16)
    await expect(read(old)).rejects.toSatisfy(error => isFailure(error, 'log-format'))
  })
})
