import type { Consumer, Kafka } from 'kafkajs'
import type { Clock } from '../base/clock.ts'
import type { Assignment, Membership, Positions } from './event-log.ts'
import { kafkaFailure } from './kafka-cluster.ts'

/** What a broker allows at least; so long after its death the partitions of a member go to others. */
const sessionTimeoutMs = 6_000
const heartbeatEveryMs = 1_500
/** The pause between two looks at the group. */
const restMs = 1_000
/** How long to wait for a first part, in which a member that died may still be waited for. */
const firstPartWaitMsMax = 2_000

export interface KafkaMembershipParts {
  readonly kafka: Kafka
  readonly clock: Clock
  /** As Kafka calls it. */
  readonly topic: string
  readonly group: string
}

/** Takes part in a consumer group of Kafka, which deals out partitions; records are not read by it. */
export class KafkaMembership implements Membership {
  readonly #parts: KafkaMembershipParts
  #consumer: Consumer
  /** kafkajs starts its consumer again after most failures; after the others it is replaced here. */
  #isDead = false
  #part = newPart([], false)

  private constructor(parts: KafkaMembershipParts) {
    this.#parts = parts
    this.#consumer = newConsumer(parts)
  }

  static async join(parts: KafkaMembershipParts): Promise<KafkaMembership> {
    const membership = new KafkaMembership(parts)
    await membership.#join()
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
    await this.#consumer.disconnect()
    this.#deal([], false)
  }

  async #joinAgain(): Promise<void> {
    this.#consumer = newConsumer(this.#parts)
    try {
      await this.#join()
    } catch (error) {
      throw kafkaFailure(error)
    }
  }

  async #join(): Promise<void> {
    const { topic } = this.#parts
    const { GROUP_JOIN, REBALANCING, CRASH } = this.#consumer.events
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#consumer.pause([{ topic }])
      this.#deal(payload.memberAssignment[topic] ?? [], true)
    })
    this.#consumer.on(REBALANCING, () => this.#deal([], false))
    this.#consumer.on(CRASH, ({ payload }) => {
      this.#isDead = !payload.restart
      this.#deal([], false)
    })
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics: [topic], fromBeginning: true })
    await this.#consumer.run({ autoCommit: false, eachBatch: async () => {} })
    this.#isDead = false
  }

  #deal(partitions: readonly number[], isDealt: boolean): void {
    const before = this.#part
    const isSame =
      isDealt === before.isDealt &&
      partitions.length === before.partitions.length &&
      partitions.every(partition => before.partitions.includes(partition))
    if (isSame) return
    this.#part = newPart(partitions, isDealt)
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
