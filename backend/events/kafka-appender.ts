import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import type { AppendedRange, AppendRecord } from './event-log.ts'
import { Placement } from './kafka-placement.ts'

interface PendingAppend {
  readonly topic: string
  readonly records: readonly AppendRecord[]
  resolve(ranges: readonly AppendedRange[]): void
  reject(error: unknown): void
}

export interface KafkaAppenderParts {
  readonly kafka: Kafka
  partitionCount(topic: string): Promise<number>
}

/** Appends records; what comes while a request is under way shares the next one. */
export class KafkaAppender {
  readonly #parts: KafkaAppenderParts
  #producer: Promise<Producer> | undefined
  #pending: PendingAppend[] = []
  #flushing: Promise<void> | undefined
  #nextPartition = 0

  constructor(parts: KafkaAppenderParts) {
    this.#parts = parts
  }

  append(topic: string, records: readonly AppendRecord[]): Promise<readonly AppendedRange[]> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ topic, records, resolve, reject })
      this.#flushing ??= this.#flush()
    })
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.#drop()
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const [first] = this.#pending
      const appends = this.#pending.filter(({ topic }) => topic === first?.topic)
      this.#pending = this.#pending.filter(append => !appends.includes(append))
      try {
        await this.#send(first?.topic ?? '', appends)
      } catch (error) {
        for (const { reject } of appends) reject(error)
        await this.#drop()
      }
    }
    this.#flushing = undefined
  }

  async #send(topic: string, appends: readonly PendingAppend[]): Promise<void> {
    const partitionCount = await this.#parts.partitionCount(topic)
    const records = appends.map(append => append.records)
    const placement = new Placement(topic, records, partitionCount, () => this.#nextPartition++)
    this.#producer ??= this.#connect()
    const producer = await this.#producer
    for (const { messages, note } of placement.requests()) {
      const compression = kafkajs.CompressionTypes.GZIP
      note(await producer.sendBatch({ topicMessages: [messages], acks: -1, compression }))
    }
    const ranges = placement.ranges()
    for (const [index, { resolve }] of appends.entries()) resolve(ranges[index] ?? [])
  }

  async #connect(): Promise<Producer> {
    const producer = this.#parts.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
    await producer.connect()
    return producer
  }

  /** A producer that failed does not know what became of its last request: its numbers end here. */
  async #drop(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.then(each => each.disconnect()).catch(() => {})
  }
}
