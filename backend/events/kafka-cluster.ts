import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import Cluster, { type Broker } from 'kafkajs/src/cluster/index.js'
import socketFactory from 'kafkajs/src/network/socketFactory.js'
import { Failure, messageOf } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import { type FetchedPartition, type FetchOptions, fetchRequest } from './kafka-fetch.ts'
import { metadataRequest, type TopicMetadata } from './kafka-metadata.ts'

/** How Kafka is reached and signed in to. */
export interface KafkaConnection {
  /** `host:port` of some brokers; they name the others. */
  readonly brokers: readonly string[]
  readonly ssl?: NonNullable<KafkaConfig['ssl']> | undefined
  readonly sasl?: NonNullable<KafkaConfig['sasl']> | undefined
}

const readCommitted = 1
export const readUncommitted = 0
const latest = -1
const earliest = -2
const unknownTopic = 3
const connectionTimeoutMs = 3_000
const requestTimeoutMs = 30_000

/** What all clients of kafkajs here are made from. */
export function kafkaClient({ brokers, ssl, sasl }: KafkaConnection, log: Log): Kafka {
  return new Kafka({
    ...commonOptions(brokers),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    logLevel: logLevel.WARN,
    logCreator: () => entry => {
      const { message, error } = entry.log
      log.info({ kafka: error ?? message }, 'kafkajs says')
    },
  })
}

function commonOptions(brokers: readonly string[]) {
  return {
    clientId: 'millrace',
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { retries: 2, initialRetryTime: 100 },
  }
}

/** Questions to the brokers that kafkajs does not ask: by topic id, and from an offset that the caller knows. */
export class KafkaCluster {
  readonly #cluster: Cluster
  #connecting: Promise<void> | undefined

  constructor(connection: KafkaConnection, log: Log) {
    this.#cluster = new Cluster({
      ...commonOptions(connection.brokers),
      logger: kafkaClient(connection, log).logger(),
      ssl: connection.ssl,
      sasl: connection.sasl,
      metadataMaxAge: 60_000,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      isolationLevel: readCommitted,
      socketFactory: socketFactory(),
    })
  }

  /** The topic as it is now, or undefined when there is none of this name. */
  async topic(name: string): Promise<TopicMetadata | undefined> {
    await this.#connect()
    const { connectionPool } = await this.#cluster.brokerPool.findConnectedBroker()
    const found = await connectionPool.send(metadataRequest(name))
    if (found === undefined || found.errorCode === unknownTopic) return undefined
    if (found.errorCode !== 0) throw brokerFailure(found.errorCode, `the topic ${name}`)
    return found
  }

  /** Whether each broker that answers knows the topic, and those that lead its partitions know that they do. */
  async isServed(name: string): Promise<boolean> {
    await this.#connect()
    const nodeIds = Object.keys(this.#cluster.brokerPool.brokers)
    const answers = await Promise.allSettled(
      nodeIds.map(async nodeId => {
        const { connectionPool } = await this.#broker(Number(nodeId))
        return connectionPool.send(metadataRequest(name))
      }),
    )
    const topics = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
    const [topic] = topics
    if (topic === undefined || topics.some(found => found?.errorCode !== 0)) return false
    return this.offsets(topic).then(
      () => true,
      () => false,
    )
  }

  async fetch(leader: number, options: FetchOptions): Promise<FetchedPartition[]> {
    const broker = await this.#broker(leader)
    return broker.connectionPool.send(fetchRequest(options))
  }

  /**
   * Partition → its first and its next offset: where the first transaction begins that is still open or, by
   * `readUncommitted`, behind all that is written.
   */
  async offsets(
    topic: TopicMetadata,
    isolationLevel = readCommitted,
  ): Promise<Map<number, { earliest: number; end: number }>> {
    const found = new Map<number, { earliest: number; end: number }>()
    for (const [leader, partitions] of partitionsByLeader(topic)) {
      const broker = await this.#broker(leader)
      const asked = { topic: topic.topic, partitions, isolationLevel }
      const first = await listOffsets(broker, asked, earliest)
      const end = await listOffsets(broker, asked, latest)
      for (const partition of partitions) {
        found.set(partition, { earliest: first.get(partition) ?? 0, end: end.get(partition) ?? 0 })
      }
    }
    return found
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect()
  }

  async #broker(nodeId: number): Promise<Broker> {
    await this.#connect()
    if (nodeId < 0) throw brokerFailure(5, 'a partition')
    return this.#cluster.findBroker({ nodeId: String(nodeId) })
  }

  async #connect(): Promise<void> {
    this.#connecting ??= this.#cluster.connect().then(() => this.#cluster.refreshMetadata())
    try {
      await this.#connecting
    } catch (error) {
      this.#connecting = undefined
      throw error
    }
  }
}

/** Broker → the partitions that it leads. */
export function partitionsByLeader({ leaders }: TopicMetadata): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const [partition, leader] of leaders) {
    found.set(leader, [...(found.get(leader) ?? []), partition])
  }
  return found
}

async function listOffsets(
  broker: Broker,
  asked: { readonly topic: string; readonly partitions: readonly number[]; isolationLevel: number },
  timestamp: number,
): Promise<Map<number, number>> {
  const { topic, partitions, isolationLevel } = asked
  const { responses } = await broker.listOffsets({
    replicaId: -1,
    isolationLevel,
    topics: [{ topic, partitions: partitions.map(partition => ({ partition, timestamp })) }],
  })
  const found = responses.flatMap(response => response.partitions)
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]))
}

/** What a broker refused, as the failure that it amounts to. */
export function brokerFailure(code: number, what: string): Failure {
  return new Failure('log-unavailable', `Kafka refused ${what} with error ${code}.`, {
    hint: 'See docs/problems.md#log-unavailable.',
  })
}

/** Translates what kafkajs throws; failures with a name pass unchanged. */
export function kafkaFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('log-unavailable', `Kafka does not answer: ${messageOf(error)}`, {
    hint: 'Millrace goes on by itself when Kafka is back.',
    cause: error,
  })
}
