import { crc32 } from 'node:zlib'
import { compress as compressSnappy, uncompress as decompressSnappy } from 'snappy'
import { Failure } from '../base/failure.ts'
import type { RecordBatch } from './record-batch.ts'

/**
 * The stored form of a record batch, in the embedded log and in the tail of the live store:
 *
 *     magic "MRB1" · flags u32 · count u32 · partition u32 · firstOffset i64 · nextOffset i64 · bodyBytes u32 · crc32 u32
 *     body: runs u32, (timestamp f64, length u32) each · offsets f64 each, if sparse
 *           odd values u32, (index u32, bytes u32, value) each · lines
 *
 * Little endian. The checksum covers the body as stored; `bodyBytes` counts it before compression.
 */
const magic = 0x3142524d
const headerBytes = 40
const flagSparse = 2
const flagSnappy = 4

/** Encodes a batch; `isCompressed` has it compressed by snappy. */
export async function encodeBlock(
  batch: RecordBatch,
  options: { isCompressed: boolean },
): Promise<Buffer> {
  const plain = encodeBody(batch)
  const body = options.isCompressed ? await compressSnappy(plain) : plain
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(magic, 0)
  header.writeUInt32LE(
    (options.isCompressed ? flagSnappy : 0) | (batch.offsets === undefined ? 0 : flagSparse),
    4,
  )
  header.writeUInt32LE(batch.count, 8)
  header.writeUInt32LE(batch.partition, 12)
  header.writeBigInt64LE(BigInt(batch.firstOffset), 16)
  header.writeBigInt64LE(BigInt(batch.nextOffset), 24)
  header.writeUInt32LE(plain.length, 32)
  header.writeUInt32LE(crc32(body), 36)
  return Buffer.concat([header, body])
}

/**
 * Decodes a block.
 * @throws Failure `lake-corrupt` when the bytes are not what was written
 */
export async function decodeBlock(block: Buffer): Promise<RecordBatch> {
  const range = blockRange(block)
  const body = block.subarray(headerBytes)
  if (crc32(body) !== block.readUInt32LE(36)) throw corrupt('its checksum does not match')
  const flags = block.readUInt32LE(4)
  const plain =
    flags & flagSnappy ? ((await decompressSnappy(body, { asBuffer: true })) as Buffer) : body
  return decodeBody(plain, range, (flags & flagSparse) !== 0)
}

/** What a block covers, read from its header alone. */
export interface BlockRange {
  readonly partition: number
  readonly count: number
  readonly firstOffset: number
  readonly nextOffset: number
}

export function blockRange(block: Buffer): BlockRange {
  if (block.length < headerBytes || block.readUInt32LE(0) !== magic) {
    throw corrupt('it does not begin like one')
  }
  return {
    count: block.readUInt32LE(8),
    partition: block.readUInt32LE(12),
    firstOffset: Number(block.readBigInt64LE(16)),
    nextOffset: Number(block.readBigInt64LE(24)),
  }
}

function encodeBody(batch: RecordBatch): Buffer {
  const runs = timestampRuns(batch.timestamps)
  let oddBytes = 4
  for (const value of batch.odd.values()) oddBytes += 8 + value.length
  const offsetBytes = batch.offsets === undefined ? 0 : batch.count * 8
  const body = Buffer.allocUnsafe(
    4 + runs.length * 12 + offsetBytes + oddBytes + batch.lines.length,
  )
  let at = body.writeUInt32LE(runs.length, 0)
  for (const run of runs) {
    at = body.writeDoubleLE(run.timestamp, at)
    at = body.writeUInt32LE(run.length, at)
  }
  for (const offset of batch.offsets ?? []) at = body.writeDoubleLE(offset, at)
  at = body.writeUInt32LE(batch.odd.size, at)
  for (const [index, value] of batch.odd) {
    at = body.writeUInt32LE(index, at)
    at = body.writeUInt32LE(value.length, at)
    at += value.copy(body, at)
  }
  batch.lines.copy(body, at)
  return body
}

function decodeBody(body: Buffer, range: BlockRange, isSparse: boolean): RecordBatch {
  const timestamps = new Float64Array(range.count)
  let filled = 0
  let at = 4
  for (let run = body.readUInt32LE(0); run > 0; run--, at += 12) {
    const length = body.readUInt32LE(at + 8)
    timestamps.fill(body.readDoubleLE(at), filled, filled + length)
    filled += length
  }
  let offsets: Float64Array | undefined
  if (isSparse) {
    offsets = new Float64Array(range.count)
    for (let index = 0; index < range.count; index++, at += 8) {
      offsets[index] = body.readDoubleLE(at)
    }
  }
  const odd = new Map<number, Buffer>()
  const oddCount = body.readUInt32LE(at)
  at += 4
  for (let read = 0; read < oddCount; read++) {
    const index = body.readUInt32LE(at)
    const length = body.readUInt32LE(at + 4)
    odd.set(index, body.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return { ...range, offsets, timestamps, lines: body.subarray(at), odd }
}

function timestampRuns(timestamps: Float64Array): { timestamp: number; length: number }[] {
  const runs: { timestamp: number; length: number }[] = []
  for (const timestamp of timestamps) {
    const last = runs.at(-1)
    if (last?.timestamp === timestamp) last.length++
    else runs.push({ timestamp, length: 1 })
  }
  return runs
}

function corrupt(why: string): Failure {
  return new Failure('lake-corrupt', `A stored block of events cannot be read: ${why}.`)
}
