import type { Clock } from '../base/clock.ts'
import type { Positions, ReadOptions, ReadResult } from './event-log.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import type { FetchedPartition } from './kafka-fetch.ts'
import type { TopicMetadata } from './kafka-metadata.ts'
import { recordsFrom } from './kafka-records.ts'
import type { RecordBatch } from './record-batch.ts'

/** A broker answers nothing else on a connection on which a fetch waits. */
const fetchWaitMsMax = 500

/** A broker does not give the records that it was asked for, and says why by Kafka's number. */
export class FetchRefused extends Error {
  readonly errorCode: number
  readonly partition: number
  readonly position: number

  constructor(errorCode: number, partition: number, position: number) {
    super(`partition ${partition} from ${position}: error ${errorCode}`)
    this.errorCode = errorCode
    this.partition = partition
    this.position = position
  }
}

interface Fetch {
  /** The broker that was asked. */
  readonly leader: number
  readonly positions: Positions
  readonly startedAt: number
  answer: readonly FetchedPartition[] | undefined
  readonly done: Promise<void>
}

/**
 * Reads one topic, named by its id. A broker that has nothing new keeps its request while others answer, and the next
 * read takes it over.
 */
export class KafkaTopicReader {
  readonly topic: TopicMetadata
  readonly #cluster: KafkaCluster
  readonly #clock: Clock
  /** By broker. */
  readonly #fetches = new Map<number, Fetch>()
  /** Partition → what was fetched of it and is more than one read may take. */
  readonly #held = new Map<number, { fetched: FetchedPartition; position: number }>()
  /** Partition → when it last had records to give, as a count of answers. */
  readonly #servedAt = new Map<number, number>()
  #answers = 0
  /** How many bytes of values come out of a fetched byte. */
  #expansion = 1
  /** Partition → its end, and from when that is known. */
  readonly #ends = new Map<number, { offset: number; asOf: number }>()

  constructor(topic: TopicMetadata, cluster: KafkaCluster, clock: Clock) {
    this.topic = topic
    this.#cluster = cluster
    this.#clock = clock
  }

  /** @throws FetchRefused for the whole read when one partition is refused */
  async read(positions: Positions, options: ReadOptions): Promise<ReadResult> {
    const deadline = this.#clock.elapsed() + options.waitMsMax
    const held = await this.#takeHeld(positions, options)
    if (held.length > 0) return { batches: held, ...this.#knownEnds(positions) }
    /** Brokers that answered at least once in this read. */
    const heard = new Set<number>()
    for (;;) {
      const fetches = await this.#start(positions, options)
      await this.#firstAnswer(fetches, options.signal)
      const batches = await this.#take(fetches, options)
      for (const { leader, answer } of fetches) if (answer !== undefined) heard.add(leader)
      const isOver = this.#clock.elapsed() >= deadline && heard.size === fetches.length
      if (batches.length > 0 || isOver || options.signal?.aborted) {
        return { batches, ...this.#knownEnds(positions) }
      }
    }
  }

  async #start(positions: Positions, options: ReadOptions): Promise<Fetch[]> {
    const fetches: Fetch[] = []
    for (const [leader, own] of this.#byLeader(positions)) {
      const running = this.#fetches.get(leader)
      if (running && isSame(running.positions, own)) {
        fetches.push(running)
        continue
      }
      await running?.done.catch(() => {})
      const fetch = this.#fetch(leader, own, options)
      this.#fetches.set(leader, fetch)
      fetches.push(fetch)
    }
    return fetches
  }

  #fetch(leader: number, positions: Positions, options: ReadOptions): Fetch {
    const share = positions.size / this.topic.leaders.size
    const asked = this.#cluster.fetch(leader, {
      topicId: this.topic.id,
      positions,
      bytesMax: Math.ceil((options.bytesMax * share) / this.#expansion),
      waitMsMax: Math.min(options.waitMsMax, fetchWaitMsMax),
    })
    const fetch: Fetch = {
      leader,
      positions,
      startedAt: this.#clock.now(),
      answer: undefined,
      done: asked.then(answer => {
        fetch.answer = answer
      }),
    }
    fetch.done.catch(() => {
      if (this.#fetches.get(leader) === fetch) this.#fetches.delete(leader)
    })
    return fetch
  }

  async #firstAnswer(fetches: readonly Fetch[], signal: AbortSignal | undefined): Promise<void> {
    let stop = (): void => {}
    const aborted = new Promise<void>(resolve => {
      stop = resolve
      signal?.addEventListener('abort', stop, { once: true })
    })
    if (signal?.aborted) return
    await Promise.race([aborted, ...fetches.map(({ done }) => done)]).finally(() => {
      signal?.removeEventListener('abort', stop)
    })
  }

  /** What has been answered by now; those fetches are over. */
  async #take(fetches: readonly Fetch[], options: ReadOptions): Promise<RecordBatch[]> {
    const batches: RecordBatch[] = []
    for (const fetch of fetches) {
      if (fetch.answer === undefined) continue
      if (this.#fetches.get(fetch.leader) === fetch) this.#fetches.delete(fetch.leader)
      this.#answers++
      for (const { errorCode, partition, lastStableOffset, records } of fetch.answer) {
        const position = fetch.positions.get(partition) ?? 0
        if (errorCode !== 0) throw new FetchRefused(errorCode, partition, position)
        this.#ends.set(partition, { offset: lastStableOffset, asOf: fetch.startedAt })
        if (records.length > 0) this.#servedAt.set(partition, this.#answers)
      }
      const decoded = await Promise.all(
        fetch.answer.map(fetched => {
          return this.#decode(fetched, fetch.positions.get(fetched.partition) ?? 0, options)
        }),
      )
      batches.push(...decoded.flat())
    }
    return batches
  }

  async #takeHeld(positions: Positions, options: ReadOptions): Promise<RecordBatch[]> {
    const held = [...this.#held.values()]
    this.#held.clear()
    const wanted = held.filter(
      ({ fetched, position }) => positions.get(fetched.partition) === position,
    )
    const decoded = await Promise.all(
      wanted.map(({ fetched, position }) => this.#decode(fetched, position, options)),
    )
    return decoded.flat()
  }

  async #decode(
    fetched: FetchedPartition,
    position: number,
    { bytesMax }: ReadOptions,
  ): Promise<RecordBatch[]> {
    const share = bytesMax / this.topic.leaders.size
    const { batch, hasMore } = await recordsFrom(fetched, position, share)
    if (batch === undefined) return []
    if (hasMore) this.#held.set(fetched.partition, { fetched, position: batch.nextOffset })
    else if (fetched.records.length > 0) {
      this.#expansion = Math.max(1, batch.lines.length / fetched.records.length)
    }
    return [batch]
  }

  #knownEnds(positions: Positions): { endOffsets: Positions; readAt: number } {
    const ends = [...positions.keys()].map(partition => {
      return [partition, this.#ends.get(partition) ?? { offset: 0, asOf: 0 }] as const
    })
    return {
      endOffsets: new Map(ends.map(([partition, { offset }]) => [partition, offset])),
      readAt: Math.min(...ends.map(([, { asOf }]) => asOf)),
    }
  }

  /**
   * Each broker's partitions, those first that have waited longest: only the first that has records is sure of an answer
   * when a stored batch is larger than a partition's share.
   */
  #byLeader(positions: Positions): Map<number, Map<number, number>> {
    const found = new Map<number, Map<number, number>>()
    const servedAt = ([partition]: readonly [number, number]) => this.#servedAt.get(partition) ?? 0
    for (const [partition, offset] of [...positions].sort((a, b) => servedAt(a) - servedAt(b))) {
      const leader = this.topic.leaders.get(partition) ?? -1
      const own = found.get(leader) ?? new Map<number, number>()
      found.set(leader, own.set(partition, offset))
    }
    return found
  }
}

function isSame(a: Positions, b: Positions): boolean {
  return a.size === b.size && [...a].every(([partition, offset]) => b.get(partition) === offset)
}
