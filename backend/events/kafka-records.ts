import kafkajs from 'kafkajs'
import { Failure } from '../base/failure.ts'
import type { AbortedTransaction, FetchedPartition } from './kafka-fetch.ts'
import { WireReader } from './kafka-wire.ts'
import { type RecordBatch, RecordBatchBuilder } from './record-batch.ts'
import { ValueRun } from './value-run.ts'

/** Base offset and length: what says how far a batch goes. */
const prefixBytes = 12
const currentMagic = 2
const compressionMask = 0x07
const logAppendTime = 0x08
const transactional = 0x10
const control = 0x20
const abortMarker = 0

/** One stored batch: Kafka's record format 2. */
interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly attributes: number
  readonly firstTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly count: number
  readonly body: Buffer
}

export interface FetchedRecords {
  /** Undefined when not even one whole stored batch is there. */
  readonly batch: RecordBatch | undefined
  /** Whether more was fetched than `bytesMax` allowed to take. */
  readonly hasMore: boolean
}

/**
 * The records of a partition from `position` on, as many stored batches as make up about `bytesMax`; those of
 * transactions only once they are committed.
 * @throws Failure `log-format` for records of a format before Kafka 0.11, or a compression that cannot be read
 */
export async function recordsFrom(
  fetched: FetchedPartition,
  position: number,
  bytesMax: number,
): Promise<FetchedRecords> {
  const builder = new RecordBatchBuilder(fetched.partition, position)
  const transactions = new Transactions(fetched.aborted)
  let next = position
  let hasMore = false
  for (const stored of storedBatches(fetched.records)) {
    hasMore = builder.size >= bytesMax
    if (hasMore) break
    const isControl = (stored.attributes & control) !== 0
    if (isControl) transactions.mark(stored, await decompress(stored))
    else if (!transactions.isAborted(stored) && stored.lastOffset >= position) {
      addRecords(builder, stored, await ownBody(stored), position)
    }
    next = Math.max(next, stored.lastOffset + 1)
  }
  return { batch: next === position ? undefined : builder.build(next), hasMore }
}

function* storedBatches(records: Buffer): Generator<StoredBatch> {
  const reader = new WireReader(records)
  while (records.length - reader.at >= prefixBytes) {
    const baseOffset = reader.int64()
    const length = reader.int32()
    const end = reader.at + length
    if (end > records.length) return
    reader.at += 4
    if (reader.int8() !== currentMagic) throw unreadable('a record format before Kafka 0.11')
    reader.at += 4
    const attributes = reader.int16()
    const lastOffset = baseOffset + reader.int32()
    const firstTimestamp = reader.int64()
    const maxTimestamp = reader.int64()
    const producerId = reader.int64()
    reader.at += 6
    const count = reader.int32()
    const body = reader.bytes(end - reader.at)
    yield {
      baseOffset,
      lastOffset,
      attributes,
      firstTimestamp,
      maxTimestamp,
      producerId,
      count,
      body,
    }
  }
}

/** The records as bytes that nobody else reads. */
async function ownBody(stored: StoredBatch): Promise<Buffer> {
  const body = await decompress(stored)
  return body === stored.body ? Buffer.from(body) : body
}

async function decompress({ attributes, body }: StoredBatch): Promise<Buffer> {
  const type = attributes & compressionMask
  if (type === 0) return body
  const { CompressionCodecs } = kafkajs
  const codec = CompressionCodecs[type as keyof typeof CompressionCodecs]
  if (codec === undefined) throw unreadable(`compression ${type}`)
  return codec().decompress(body)
}

/** Values lie between what Kafka keeps of each record; they are moved together, in `body` itself. */
function addRecords(
  builder: RecordBatchBuilder,
  batch: StoredBatch,
  body: Buffer,
  position: number,
): void {
  const isLogTime = (batch.attributes & logAppendTime) !== 0
  const reader = new WireReader(body)
  const run = new ValueRun(body, batch.count)
  for (let n = 0; n < batch.count; n++) {
    const end = reader.varint() + reader.at
    reader.at++
    const timestamp = batch.firstTimestamp + reader.varint()
    const offset = batch.baseOffset + reader.varint()
    skipBytes(reader)
    const length = reader.varint()
    const start = reader.at
    reader.at = end
    if (offset < position) continue
    run.move(start, length, offset, isLogTime ? batch.maxTimestamp : timestamp)
  }
  run.addTo(builder)
}

function skipBytes(reader: WireReader): void {
  const length = reader.varint()
  if (length > 0) reader.at += length
}

/** Which producers' records are to be left out at the point that the reading has reached. */
class Transactions {
  readonly #aborted: AbortedTransaction[]
  readonly #open = new Set<number>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  isAborted({ lastOffset, attributes, producerId }: StoredBatch): boolean {
    this.#openUntil(lastOffset)
    return (attributes & transactional) !== 0 && this.#open.has(producerId)
  }

  /**
   * Ends a transaction, also one whose records all lie before what was fetched. A control batch holds one record; its
   * key ends with what became of the transaction.
   */
  mark({ lastOffset, producerId }: StoredBatch, body: Buffer): void {
    this.#openUntil(lastOffset)
    const reader = new WireReader(body)
    reader.varint()
    reader.at++
    reader.varint()
    reader.varint()
    reader.varint()
    reader.int16()
    if (reader.int16() === abortMarker) this.#open.delete(producerId)
  }

  #openUntil(lastOffset: number): void {
    while (this.#aborted[0] !== undefined && this.#aborted[0].firstOffset <= lastOffset) {
      this.#open.add(this.#aborted[0].producerId)
      this.#aborted.shift()
    }
  }
}

function unreadable(what: string): Failure {
  return new Failure('log-format', `The topic holds ${what}, which cannot be read.`)
}
