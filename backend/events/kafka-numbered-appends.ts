import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import type { AppendedRange, AppendRecord } from './event-log.ts'
import { Placement } from './kafka-placement.ts'
import { type RecordBatch, valuesAt } from './record-batch.ts'

/** What the last append of a numbering producer was, and what it was answered. */
interface AppendState {
  readonly producer: string
  readonly sequence: number
  readonly ranges: readonly AppendedRange[]
}

export interface NumberedAppendsParts {
  readonly kafka: Kafka
  /** The compacted topic that holds one state a producer; it is there. */
  readonly stateTopic: string
  partitionCount(topic: string): Promise<number>
  /** All records of `stateTopic` that are committed by now, from the positions on, which it moves. */
  readStates(positions: Map<number, number>): AsyncGenerator<RecordBatch>
}

export interface NumberedAppend {
  readonly topic: string
  readonly records: readonly AppendRecord[]
  readonly producer: { readonly id: string; readonly sequence: number }
}

/** Each holds a connection to Kafka. */
const producersMax = 32

/** For so long one that its process has left open may keep readers from all that comes after it. */
const transactionMsMax = 10_000

/** The brokers refuse a producer while they still write what its forerunner has committed. */
const fencingRetriesMax = 8

/**
 * Appends that may be repeated: the records and the number of the append are written in one transaction of Kafka, so
 * that either both are there or none.
 */
export class NumberedAppends {
  readonly #parts: NumberedAppendsParts
  readonly #states = new Map<string, AppendState>()
  readonly #positions = new Map<number, number>()
  readonly #producers = new Map<string, Promise<Producer>>()
  readonly #queues = new Map<string, Promise<unknown>>()
  #reading: Promise<void> = Promise.resolve()
  #nextPartition = 0

  constructor(parts: NumberedAppendsParts) {
    this.#parts = parts
  }

  /** Appends unless the number was seen already; appends of one producer wait for each other. */
  append(append: NumberedAppend): Promise<readonly AppendedRange[]> {
    const key = stateKey(append)
    const before = this.#queues.get(key) ?? Promise.resolve()
    const result = before.catch(() => {}).then(() => this.#appendNext(key, append))
    this.#queues.set(key, result)
    const forget = (): void => {
      if (this.#queues.get(key) === result) this.#queues.delete(key)
    }
    result.then(forget, forget)
    return result
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#queues.values())
    await Promise.all([...this.#producers.keys()].map(key => this.#drop(key)))
  }

  async #appendNext(key: string, append: NumberedAppend): Promise<readonly AppendedRange[]> {
    try {
      const producer = await this.#producer(key)
      const { sequence } = append.producer
      const known = this.#states.get(key)
      if (known !== undefined && sequence < known.sequence) return []
      if (known?.sequence === sequence) return known.ranges
      return await this.#appendNew(key, producer, append)
    } catch (error) {
      await this.#drop(key)
      throw error
    }
  }

  async #appendNew(
    key: string,
    producer: Producer,
    { topic, records, producer: { sequence } }: NumberedAppend,
  ): Promise<readonly AppendedRange[]> {
    const partitionCount = await this.#parts.partitionCount(topic)
    const placement = new Placement(topic, [records], partitionCount, () => this.#nextPartition++)
    const transaction = await producer.transaction()
    try {
      const options = { acks: -1, compression: kafkajs.CompressionTypes.GZIP }
      for (const { messages, note } of placement.requests()) {
        note(await transaction.sendBatch({ topicMessages: [messages], ...options }))
      }
      const [ranges = []] = placement.ranges()
      const state: AppendState = { producer: key, sequence, ranges }
      const value = JSON.stringify(state)
      const message = { key, value, partition: 0 }
      await transaction.send({ topic: this.#parts.stateTopic, messages: [message] })
      await transaction.commit()
      this.#learn(state)
      return ranges
    } catch (error) {
      await transaction.abort().catch(() => {})
      throw error
    }
  }

  /** A producer that has ended what one of the same name left behind, and knows what that one did. */
  #producer(key: string): Promise<Producer> {
    const known = this.#producers.get(key)
    if (known) {
      this.#producers.delete(key)
      this.#producers.set(key, known)
      return known
    }
    const opening = this.#open(key)
    this.#producers.set(key, opening)
    const [oldest] = this.#producers.keys()
    if (this.#producers.size > producersMax && oldest && !this.#queues.has(oldest)) {
      void this.#drop(oldest)
    }
    return opening
  }

  async #open(key: string): Promise<Producer> {
    const producer = this.#parts.kafka.producer({
      transactionalId: `millrace-${key}`,
      maxInFlightRequests: 1,
      transactionTimeout: transactionMsMax,
      allowAutoTopicCreation: false,
      retry: { retries: fencingRetriesMax },
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
    await producer.connect()
    await fence(producer)
    this.#reading = this.#reading.catch(() => {}).then(() => this.#readStates())
    await this.#reading
    return producer
  }

  async #readStates(): Promise<void> {
    for await (const batch of this.#parts.readStates(this.#positions)) {
      const indexes = Array.from({ length: batch.count }, (_, index) => index)
      for (const value of valuesAt(batch, indexes)) {
        this.#learn(JSON.parse(value.toString()) as AppendState)
      }
    }
  }

  #learn(state: AppendState): void {
    const known = this.#states.get(state.producer)
    if (known === undefined || known.sequence < state.sequence) {
      this.#states.set(state.producer, state)
    }
  }

  async #drop(key: string): Promise<void> {
    const producer = this.#producers.get(key)
    this.#producers.delete(key)
    await producer?.then(each => each.disconnect()).catch(() => {})
  }
}

/**
 * Waits until what an earlier producer of the name committed can be read, and aborts what it did not. kafkajs asks for
 * that when a transaction begins, not when it connects.
 */
async function fence(producer: Producer): Promise<void> {
  const nothing = await producer.transaction()
  await nothing.abort()
}

function stateKey({ topic, producer }: NumberedAppend): string {
  return `${topic}/${producer.id}`
}
