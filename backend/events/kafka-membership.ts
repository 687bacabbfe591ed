import type { Consumer, Kafka } from 'kafkajs'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Assignment, Membership, Positions } from './event-log.ts'
import { kafkaFailure } from './kafka-cluster.ts'

/** What a broker allows at least; so long after its death the partitions of a member go to others. */
const sessionTimeoutMs = 6_000
const heartbeatEveryMs = 1_500
/** The pause between two looks at the group. */
const restMs = 1_000
/** kafkajs does not always say that its consumer has stopped for good: one that is silent for so long is replaced. */
const silentMsMax = 60_000
/** kafkajs stops a consumer that fetches; one that is told while it joins goes on without an owner. */
const untilFetchingMs = 1_000
const watchEveryMs = 1_000
/** Those who do not get to say that they leave are missed after a session's time. */
const leaveMsMax = 2_000
/** How long to wait for a first part, in which a member that died may still be waited for. */
const firstPartWaitMsMax = 2_000

export interface KafkaMembershipParts {
  readonly kafka: Kafka
  readonly clock: Clock
  readonly log: Log
  /** As Kafka calls it. */
  readonly topic: string
  readonly group: string
}

/**
 * Takes part in a consumer group of Kafka, which deals out partitions; records are not read by it. A part is held as long
 * as the group answers: after a session's time without a heartbeat it has gone to others.
 */
export class KafkaMembership implements Membership {
  readonly #parts: KafkaMembershipParts
  readonly #left = new AbortController()
  #consumer: Consumer
  /** kafkajs starts its consumer again after most failures; after the others it is replaced here. */
  #isDead = false
  /** What the group has dealt last; undefined while it deals anew. */
  #dealt: readonly number[] | undefined
  #heardAt = 0
  #part = newPart([], false)

  private constructor(parts: KafkaMembershipParts) {
    this.#parts = parts
    this.#consumer = newConsumer(parts)
  }

  static async join(parts: KafkaMembershipParts): Promise<KafkaMembership> {
    const membership = new KafkaMembership(parts)
    await membership.#join()
    void membership.#watch()
    return membership
  }

  async assignment(signal: AbortSignal): Promise<Assignment> {
    if (this.#isDead) await this.#joinAgain()
    const { isDealt, lost } = this.#part
    if (!isDealt) {
      const dealt = AbortSignal.any([signal, lost.signal])
      await this.#parts.clock.sleep(firstPartWaitMsMax, dealt)
    }
    return { partitions: this.#part.partitions, lost: this.#part.lost.signal }
  }

  async commitOffsets(positions: Positions): Promise<void> {
    const { topic } = this.#parts
    const own = [...positions].filter(([partition]) => this.#part.partitions.includes(partition))
    if (own.length === 0) return
    await this.#consumer.commitOffsets(
      own.map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    )
  }

  async leave(): Promise<void> {
    this.#left.abort()
    const { clock } = this.#parts
    const over = new AbortController()
    const disconnected = this.#consumer.disconnect().finally(() => over.abort())
    disconnected.catch(() => {})
    await Promise.race([disconnected, clock.sleep(leaveMsMax, over.signal)])
    this.#deal(undefined)
  }

  async #joinAgain(): Promise<void> {
    this.#consumer = newConsumer(this.#parts)
    try {
      await this.#join()
    } catch (error) {
      this.#consumer.disconnect().catch(() => {})
      throw kafkaFailure(error)
    }
  }

  async #join(): Promise<void> {
    const { topic } = this.#parts
    const consumer = this.#consumer
    const { GROUP_JOIN, HEARTBEAT, REBALANCING, CRASH } = consumer.events
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (consumer !== this.#consumer) return this.#sendAway(consumer)
      consumer.pause([{ topic }])
      this.#heard()
      this.#deal(payload.memberAssignment[topic] ?? [])
    })
    consumer.on(HEARTBEAT, () => {
      if (consumer !== this.#consumer) return
      this.#heard()
      this.#deal(this.#dealt)
    })
    consumer.on(REBALANCING, () => {
      if (consumer === this.#consumer) this.#deal(undefined)
    })
    consumer.on(CRASH, ({ payload }) => {
      if (consumer !== this.#consumer) return
      this.#isDead = !payload.restart
      this.#deal(undefined)
    })
    this.#heardAt = this.#parts.clock.elapsed()
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    this.#isDead = false
    await consumer.run({ autoCommit: false, eachBatch: async () => {} })
  }

  /** One that was replaced while it was silent, and has come back to life. */
  async #sendAway(consumer: Consumer): Promise<void> {
    await this.#parts.clock.sleep(untilFetchingMs)
    await consumer.disconnect()
  }

  #heard(): void {
    this.#heardAt = this.#parts.clock.elapsed()
    this.#isDead = false
  }

  async #watch(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#left
    while (!signal.aborted) {
      await clock.sleep(watchEveryMs, signal)
      const silentMs = clock.elapsed() - this.#heardAt
      if (silentMs > sessionTimeoutMs) this.#take(newPart([], false))
      if (silentMs > silentMsMax && !this.#isDead) {
        const { group, log } = this.#parts
        log.warn({ group, silentMs }, 'nothing is heard of a group of Kafka: it is joined anew')
        this.#isDead = true
        // Whoever works without a part asks for one again, and has it joined anew.
        this.#part.lost.abort()
        this.#part = newPart([], false)
      }
    }
  }

  #deal(partitions: readonly number[] | undefined): void {
    this.#dealt = partitions
    this.#take(newPart(partitions ?? [], partitions !== undefined))
  }

  #take(part: Part): void {
    const before = this.#part
    const isSame =
      part.isDealt === before.isDealt &&
      part.partitions.length === before.partitions.length &&
      part.partitions.every(partition => before.partitions.includes(partition))
    if (isSame) return
    this.#part = part
    before.lost.abort()
  }
}

function newConsumer({ kafka, group }: KafkaMembershipParts): Consumer {
  return kafka.consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatEveryMs,
    maxWaitTimeInMs: restMs,
    allowAutoTopicCreation: false,
  })
}

interface Part {
  readonly partitions: readonly number[]
  /** Whether the group has said so; if not, it is none for the time being. */
  readonly isDealt: boolean
  readonly lost: AbortController
}

function newPart(partitions: readonly number[], isDealt: boolean): Part {
  return { partitions: partitions.toSorted((a, b) => a - b), isDealt, lost: new AbortController() }
}
