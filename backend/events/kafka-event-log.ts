import type { Admin, Kafka } from 'kafkajs'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import type {
  AppendedRange,
  AppendOptions,
  AppendRecord,
  EventLog,
  Membership,
  Positions,
  ReadOptions,
  ReadResult,
  TopicDescription,
  TopicSettings,
} from './event-log.ts'
import { KafkaAppender } from './kafka-appender.ts'
import {
  brokerFailure,
  KafkaCluster,
  type KafkaConnection,
  kafkaClient,
  kafkaFailure,
  readUncommitted,
} from './kafka-cluster.ts'
import { registerCodecs } from './kafka-codecs.ts'
import { KafkaMembership } from './kafka-membership.ts'
import type { TopicMetadata } from './kafka-metadata.ts'
import { NumberedAppends } from './kafka-numbered-appends.ts'
import { FetchRefused, KafkaTopicReader } from './kafka-topic-reader.ts'
import type { RecordBatch } from './record-batch.ts'

export interface KafkaEventLogOptions extends KafkaConnection {
  /** Begins the names of all topics, so that several Millraces can share a cluster. */
  readonly topicPrefix: string
  /** Copies that the cluster keeps of each topic that is made here; -1 as the brokers are set. */
  readonly replicationFactor: number
}

const stateTopicName = 'millrace-appends'
const recordBytesMax = 8 * 2 ** 20
const stateReadBytesMax = 2 ** 20
const stateReadPauseMs = 20
/** Longer than a transaction may be open, and than the broker takes to notice. */
const stateWaitMsMax = 30_000
const offsetOutOfRange = 1
/** How long brokers may take to hear of a topic that was made. */
const newsMsMax = 10_000
const newsPauseMs = 50

/** The event log of the cluster profile: topics of Kafka 3.1 or newer. */
export class KafkaEventLog implements EventLog {
  readonly #options: KafkaEventLogOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #kafka: Kafka
  readonly #cluster: KafkaCluster
  readonly #appender: KafkaAppender
  /** Topic → its own connections to the brokers. */
  readonly #connections = new Map<string, KafkaCluster>()
  readonly #readers = new Map<string, Promise<KafkaTopicReader>>()
  #admin: Promise<Admin> | undefined
  #numbered: Promise<NumberedAppends> | undefined

  constructor(options: KafkaEventLogOptions, clock: Clock, log: Log) {
    registerCodecs()
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#kafka = kafkaClient(options, log)
    this.#cluster = new KafkaCluster(options, log)
    const partitionCount = (name: string): Promise<number> => this.#partitionCount(name)
    this.#appender = new KafkaAppender({ kafka: this.#kafka, partitionCount })
  }

  async ensureTopic(topic: string, settings: TopicSettings): Promise<TopicDescription> {
    return this.#named(async () => {
      const name = this.#nameOf(topic)
      if ((await this.#cluster.topic(name)) === undefined) {
        await this.#create(name, settings.partitionCount, configOf(settings))
      }
      return this.#describe(topic)
    })
  }

  async describeTopic(topic: string): Promise<TopicDescription> {
    return this.#named(() => this.#describe(topic))
  }

  async append(
    topic: string,
    records: readonly AppendRecord[],
    { producer }: AppendOptions = {},
  ): Promise<readonly AppendedRange[]> {
    const name = this.#nameOf(topic)
    return this.#named(async () => {
      if (producer === undefined) return this.#appender.append(name, records)
      this.#numbered ??= this.#openNumbered()
      this.#numbered.catch(() => {
        this.#numbered = undefined
      })
      return (await this.#numbered).append({ topic: name, records, producer })
    })
  }

  async read(topic: string, positions: Positions, options: ReadOptions): Promise<ReadResult> {
    const name = this.#nameOf(topic)
    return this.#named(async () => {
      const reader = await this.#reader(name)
      try {
        return await reader.read(positions, options)
      } catch (error) {
        this.#readers.delete(name)
        throw error instanceof FetchRefused ? await this.#explain(reader.topic, error) : error
      }
    })
  }

  /** The group of Kafka is `<prefix><group>-<topic>`. */
  async join(topic: string, group: string): Promise<Membership> {
    const { topicPrefix } = this.#options
    const groupName = `${topicPrefix}${group}-${topic}`
    return this.#named(() =>
      KafkaMembership.join({
        kafka: this.#kafka,
        clock: this.#clock,
        log: this.#log,
        topic: this.#nameOf(topic),
        group: groupName,
      }),
    )
  }

  async close(): Promise<void> {
    await this.#appender.close()
    await this.#numbered?.then(numbered => numbered.close()).catch(() => {})
    await this.#admin?.then(admin => admin.disconnect()).catch(() => {})
    const clusters = [this.#cluster, ...this.#connections.values()]
    await Promise.all(clusters.map(cluster => cluster.close()))
  }

  async #describe(topic: string): Promise<TopicDescription> {
    const found = await this.#found(this.#nameOf(topic))
    await this.#forgetMoved(found)
    const offsets = await this.#cluster.offsets(found)
    const partitions = [...offsets].map(([partition, { earliest, end }]) => ({
      partition,
      earliestOffset: earliest,
      endOffset: end,
    }))
    partitions.sort((a, b) => a.partition - b.partition)
    return { topic, topicId: found.id.toString('base64url'), partitions }
  }

  async #create(
    name: string,
    partitionCount: number,
    config: Readonly<Record<string, string>>,
  ): Promise<void> {
    this.#admin ??= this.#connectAdmin()
    this.#admin.catch(() => {
      this.#admin = undefined
    })
    const admin = await this.#admin
    const { replicationFactor } = this.#options
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }))
    const topic = { topic: name, numPartitions: partitionCount, replicationFactor, configEntries }
    await admin.createTopics({ topics: [topic], waitForLeaders: false })
    const deadline = this.#clock.elapsed() + newsMsMax
    while (!(await this.#cluster.isServed(name)) && this.#clock.elapsed() < deadline) {
      await this.#clock.sleep(newsPauseMs)
    }
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = this.#kafka.admin()
    await admin.connect()
    return admin
  }

  async #openNumbered(): Promise<NumberedAppends> {
    const stateTopic = this.#nameOf(stateTopicName)
    if ((await this.#cluster.topic(stateTopic)) === undefined) {
      await this.#create(stateTopic, 1, { 'cleanup.policy': 'compact' })
    }
    return new NumberedAppends({
      kafka: this.#kafka,
      stateTopic,
      partitionCount: name => this.#partitionCount(name),
      readStates: positions => this.#readAll(stateTopic, positions),
    })
  }

  /**
   * All that is committed from the positions on, by the time that it is asked for. Readers see nothing behind a transaction
   * that is still open, so what other producers have begun has to end first.
   * @throws Failure `log-unavailable` when it does not
   */
  async *#readAll(name: string, positions: Map<number, number>): AsyncGenerator<RecordBatch> {
    const topic = await this.#found(name)
    const reader = new KafkaTopicReader(topic, this.#cluster, this.#clock)
    const deadline = this.#clock.elapsed() + stateWaitMsMax
    for (const [partition, { earliest, end }] of await this.#cluster.offsets(
      topic,
      readUncommitted,
    )) {
      let position = Math.max(positions.get(partition) ?? 0, earliest)
      while (position < end) {
        if (this.#clock.elapsed() > deadline) throw stillOpen(name)
        const options = { bytesMax: stateReadBytesMax, waitMsMax: 0 }
        const { batches } = await reader.read(new Map([[partition, position]]), options)
        for (const batch of batches) {
          yield batch
          position = batch.nextOffset
        }
        if (batches.length === 0) await this.#clock.sleep(stateReadPauseMs)
        positions.set(partition, position)
      }
    }
  }

  #reader(name: string): Promise<KafkaTopicReader> {
    const known = this.#readers.get(name)
    if (known) return known
    const opening = this.#openReader(name)
    this.#readers.set(name, opening)
    opening.catch(() => this.#readers.delete(name))
    return opening
  }

  /** A reader goes on with the brokers that led the topic when it was made. */
  async #forgetMoved(topic: TopicMetadata): Promise<void> {
    const reader = await this.#readers.get(topic.topic)?.catch(() => undefined)
    if (reader === undefined || isLedAlike(reader.topic, topic)) return
    this.#readers.delete(topic.topic)
  }

  /** A broker answers the requests of a connection in turn: a topic that is waited for would hold up the others. */
  async #openReader(name: string): Promise<KafkaTopicReader> {
    const topic = await this.#found(name)
    const known = this.#connections.get(name)
    const connection = known ?? new KafkaCluster(this.#options, this.#log)
    this.#connections.set(name, connection)
    return new KafkaTopicReader(topic, connection, this.#clock)
  }

  /** What the refusal of a read means for the one who reads. */
  async #explain(
    topic: TopicMetadata,
    { errorCode, partition, position }: FetchRefused,
  ): Promise<Failure> {
    const now = await this.#cluster.topic(topic.topic)
    if (now === undefined) return unknownTopic(topic.topic)
    if (!now.id.equals(topic.id)) return recreated(topic.topic)
    if (errorCode !== offsetOutOfRange) {
      return brokerFailure(errorCode, `a read of ${topic.topic}`)
    }
    const known = (await this.#cluster.offsets(now)).get(partition)
    const earliestOffset = known?.earliest ?? 0
    const where = `Partition ${partition} of ${topic.topic}`
    if (position < earliestOffset) {
      return new Failure(
        'log-offsets-expired',
        `${where} begins at offset ${earliestOffset}; ${position} is gone.`,
        { extra: { partition, position, earliestOffset } },
      )
    }
    return new Failure(
      'log-truncated',
      `${where} ends at offset ${known?.end ?? 0}, below ${position}, which was read before.`,
      { hint: 'See docs/problems.md#log-truncated.' },
    )
  }

  async #found(name: string): Promise<TopicMetadata> {
    const topic = await this.#cluster.topic(name)
    if (topic === undefined) throw unknownTopic(name)
    return topic
  }

  async #partitionCount(name: string): Promise<number> {
    const { topic } = await this.#reader(name)
    return topic.leaders.size
  }

  #nameOf(topic: string): string {
    return `${this.#options.topicPrefix}${topic}`
  }

  async #named<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw kafkaFailure(error)
    }
  }
}

function configOf({ retention, partitionCount }: TopicSettings): Record<string, string> {
  const limit = (value: number): string =>
    Number.isFinite(value) ? String(Math.ceil(value)) : '-1'
  return {
    'retention.ms': limit(retention.ageMsMax),
    // Kafka's limit is one for each partition.
    'retention.bytes': limit(retention.bytesMax / partitionCount),
    'max.message.bytes': String(recordBytesMax),
    // Its age, and the freshness that statements tell, do not hang on the clocks of producers.
    'message.timestamp.type': 'LogAppendTime',
  }
}

function isLedAlike(a: TopicMetadata, b: TopicMetadata): boolean {
  const isSameTopic = a.id.equals(b.id) && a.leaders.size === b.leaders.size
  return (
    isSameTopic &&
    [...a.leaders].every(([partition, leader]) => b.leaders.get(partition) === leader)
  )
}

function stillOpen(name: string): Failure {
  return new Failure(
    'log-unavailable',
    `A transaction on ${name} has been open for ${stateWaitMsMax / 1000} s.`,
    { hint: 'Kafka ends it when its time is over: send the events again.' },
  )
}

function unknownTopic(name: string): Failure {
  return new Failure('unknown-stream', `There is no topic "${name}" in Kafka.`)
}

function recreated(name: string): Failure {
  return new Failure('log-topic-recreated', `The topic ${name} was deleted and made again.`, {
    hint: 'See docs/problems.md#log-topic-recreated.',
  })
}
