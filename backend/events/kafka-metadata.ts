import type { ProtocolRequest } from 'kafkajs/src/cluster/index.js'
import { WireReader, WireWriter } from './kafka-wire.ts'

const apiKey = 3
/** The first version in which a topic can be asked for by name and answers with its id: Kafka 2.8. */
const apiVersion = 10
const noId = Buffer.alloc(16)

/** A topic as the brokers know it. */
export interface TopicMetadata {
  readonly errorCode: number
  readonly topic: string
  /** 16 bytes. */
  readonly id: Buffer
  /** Partition → the broker that leads it, or -1 while there is none. */
  readonly leaders: ReadonlyMap<number, number>
}

export function metadataRequest(topic: string): ProtocolRequest<TopicMetadata | undefined> {
  return {
    request: {
      apiKey,
      apiVersion,
      apiName: 'Metadata',
      encode: async () => encode(topic),
    },
    response: { decode: async payload => decode(payload), parse: async decoded => decoded },
  }
}

function encode(topic: string): { buf: Buffer; buffer: Buffer } {
  const writer = new WireWriter().end()
  writer.array([topic], name => writer.bytes(noId).string(name).end())
  const [allowAutoTopicCreation, clusterOperations, topicOperations] = [0, 0, 0]
  return writer
    .int8(allowAutoTopicCreation)
    .int8(clusterOperations)
    .int8(topicOperations)
    .end()
    .finish()
}

function decode(payload: Buffer): TopicMetadata | undefined {
  const reader = new WireReader(payload)
  reader.end()
  reader.int32()
  reader.array(() => skipBroker(reader))
  reader.string()
  reader.int32()
  const [topic] = reader.array(() => readTopic(reader))
  return topic
}

function skipBroker(reader: WireReader): void {
  reader.int32()
  reader.string()
  reader.int32()
  reader.string()
  reader.end()
}

function readTopic(reader: WireReader): TopicMetadata {
  const errorCode = reader.int16()
  const topic = reader.string() ?? ''
  const id = reader.bytes(16)
  reader.int8()
  const leaders = new Map(reader.array(() => readPartition(reader)))
  reader.int32()
  reader.end()
  return { errorCode, topic, id, leaders }
}

function readPartition(reader: WireReader): [partition: number, leader: number] {
  reader.int16()
  const partition = reader.int32()
  const leader = reader.int32()
  reader.int32()
  for (let list = 0; list < 3; list++) reader.array(() => reader.int32())
  reader.end()
  return [partition, leader]
}
