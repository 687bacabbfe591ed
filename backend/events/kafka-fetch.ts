import type { ProtocolRequest } from 'kafkajs/src/cluster/index.js'
import { WireReader, WireWriter } from './kafka-wire.ts'

const apiKey = 1
/** The first version that names topics by their ids: Kafka 3.1. */
const apiVersion = 13
const readCommitted = 1

export interface FetchOptions {
  /** 16 bytes: a topic that was made again under the same name is another one. */
  readonly topicId: Buffer
  /** Partition → the offset to begin at. */
  readonly positions: ReadonlyMap<number, number>
  readonly bytesMax: number
  readonly waitMsMax: number
}

/** What a broker holds of one partition, from the position on. */
export interface FetchedPartition {
  readonly partition: number
  /** 0, or Kafka's number for what is wrong. */
  readonly errorCode: number
  /** All below is committed, and no transaction is open there. */
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches as they are stored; the last one may be cut. */
  readonly records: Buffer
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export function fetchRequest(options: FetchOptions): ProtocolRequest<FetchedPartition[]> {
  return {
    request: { apiKey, apiVersion, apiName: 'Fetch', encode: async () => encode(options) },
    response: { decode: async payload => decode(payload), parse: async decoded => decoded },
  }
}

function encode({ topicId, positions, bytesMax, waitMsMax }: FetchOptions) {
  const partitionBytesMax = Math.ceil(bytesMax / positions.size)
  const writer = new WireWriter().end()
  writer.int32(-1).int32(waitMsMax).int32(1).int32(bytesMax).int8(readCommitted)
  const [sessionId, sessionEpoch, unknown] = [0, -1, -1]
  writer.int32(sessionId).int32(sessionEpoch)
  writer.array([topicId], id => {
    writer.bytes(id)
    writer.array([...positions], ([partition, offset]) => {
      writer.int32(partition).int32(unknown).int64(offset).int32(unknown).int64(unknown)
      writer.int32(partitionBytesMax).end()
    })
    writer.end()
  })
  return writer
    .array([], () => {})
    .string('')
    .end()
    .finish()
}

function decode(payload: Buffer): FetchedPartition[] {
  const reader = new WireReader(payload)
  reader.end()
  reader.int32()
  const errorCode = reader.int16()
  reader.int32()
  const topics = reader.array(() => {
    reader.bytes(16)
    const partitions = reader.array(() => readPartition(reader))
    reader.end()
    return partitions
  })
  const partitions = topics.flat()
  return errorCode === 0 ? partitions : partitions.map(part => ({ ...part, errorCode }))
}

function readPartition(reader: WireReader): FetchedPartition {
  const partition = reader.int32()
  const errorCode = reader.int16()
  reader.int64()
  const lastStableOffset = reader.int64()
  const logStartOffset = reader.int64()
  const aborted = reader.array(() => readAborted(reader))
  reader.int32()
  const records = reader.compactBytes() ?? Buffer.alloc(0)
  reader.end()
  return { partition, errorCode, lastStableOffset, logStartOffset, aborted, records }
}

function readAborted(reader: WireReader): AbortedTransaction {
  const producerId = reader.int64()
  const firstOffset = reader.int64()
  reader.end()
  return { producerId, firstOffset }
}
