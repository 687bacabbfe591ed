import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { invariant } from '../base/invariant.ts'
import {
  type KeyRange,
  LevelDatabase,
  type LevelOperation,
  type OrderedDatabase,
} from '../base/level-database.ts'
import {
  blockKey,
  groupKey,
  partitionRange,
  prefixRange,
  producerKey,
  topicKey,
} from './embedded-log-keys.ts'
import { describe, isAtEnd, type Topic } from './embedded-topic.ts'
import type {
  AppendedRange,
  AppendOptions,
  AppendRecord,
  Assignment,
  EventLog,
  Membership,
  Positions,
  ReadOptions,
  ReadResult,
  TopicDescription,
  TopicSettings,
} from './event-log.ts'
import { batchFrom, type RecordBatch, sizeOf } from './record-batch.ts'
import { blockRange, decodeBlock } from './record-block.ts'
import { TopicWriter } from './topic-writer.ts'

const retentionEveryMs = 10_000

interface ProducerState {
  readonly sequence: number
  readonly ranges: readonly AppendedRange[]
}

interface PendingAppend {
  readonly topic: Topic
  readonly records: readonly AppendRecord[]
  readonly producer: AppendOptions['producer']
  resolve(ranges: readonly AppendedRange[]): void
  reject(error: unknown): void
}

/**
 * The event log of the embedded profile: blocks of records in LevelDB, keyed by topic, partition and first offset.
 * Appends that arrive while one is on its way to disk share the next write.
 */
export class EmbeddedEventLog implements EventLog {
  readonly #database: OrderedDatabase
  readonly #clock: Clock
  readonly #topics = new Map<string, Promise<Topic>>()
  readonly #pending: PendingAppend[] = []
  /** Topics of which a write has failed. */
  readonly #inDoubt = new Set<Topic>()
  #flushing: Promise<void> | undefined
  #waiters = new Set<() => void>()

  private constructor(database: OrderedDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** @throws Failure `home-in-use` when another process has the folder open */
  static async open(folder: string, clock: Clock): Promise<EmbeddedEventLog> {
    return EmbeddedEventLog.over(await LevelDatabase.open(folder), clock)
  }

  static over(database: OrderedDatabase, clock: Clock): EmbeddedEventLog {
    return new EmbeddedEventLog(database, clock)
  }

  async ensureTopic(topic: string, settings: TopicSettings): Promise<TopicDescription> {
    const opened = await this.#topic(topic, settings)
    opened.retention = settings.retention
    return describe(opened)
  }

  async describeTopic(topic: string): Promise<TopicDescription> {
    return describe(await this.#topic(topic))
  }

  async append(
    topic: string,
    records: readonly AppendRecord[],
    options: AppendOptions = {},
  ): Promise<readonly AppendedRange[]> {
    const opened = await this.#topic(topic)
    return new Promise((resolve, reject) => {
      this.#pending.push({ topic: opened, records, producer: options.producer, resolve, reject })
      this.#flushing ??= this.#flush()
    })
  }

  async read(topic: string, positions: Positions, options: ReadOptions): Promise<ReadResult> {
    const opened = await this.#topic(topic)
    const deadline = this.#clock.elapsed() + options.waitMsMax
    for (;;) {
      const readAt = this.#clock.now()
      const endOffsets = new Map(opened.partitions.map((state, index) => [index, state.endOffset]))
      const batches = await this.#readAvailable(opened, positions, options.bytesMax)
      const left = deadline - this.#clock.elapsed()
      if (batches.length > 0 || left <= 0 || options.signal?.aborted) {
        return { batches, endOffsets, readAt }
      }
      if (isAtEnd(positions, opened)) await this.#appended(left, options.signal)
    }
  }

  /** The log is one process's own: its member takes all partitions, for good. */
  async join(topic: string, group: string): Promise<Membership> {
    const opened = await this.#topic(topic)
    const { partitions } = await this.describeTopic(topic)
    const assignment: Assignment = {
      partitions: partitions.map(({ partition }) => partition),
      lost: new AbortController().signal,
    }
    return {
      assignment: async () => assignment,
      commitOffsets: positions => this.#commitOffsets(opened, group, positions),
      leave: async () => {},
    }
  }

  async #commitOffsets(opened: Topic, group: string, positions: Positions): Promise<void> {
    await this.#database.write([
      {
        type: 'put',
        key: groupKey(opened.name, group),
        value: Buffer.from(JSON.stringify([...positions])),
      },
    ])
    if (this.#clock.elapsed() >= opened.retentionAt) {
      opened.retentionAt = this.#clock.elapsed() + retentionEveryMs
      await this.#applyRetention(opened)
    }
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.#database.close()
  }

  async #topic(name: string, settings?: TopicSettings): Promise<Topic> {
    const topic = this.#topics.get(name) ?? this.#openTopic(name, settings)
    this.#topics.set(name, topic)
    topic.catch(() => this.#topics.delete(name))
    return topic
  }

  async #openTopic(name: string, settings?: TopicSettings): Promise<Topic> {
    invariant(/^[a-zA-Z0-9._-]+$/.test(name), `"${name}" is a topic name`)
    let stored = await this.#database.get(topicKey(name))
    if (stored === undefined) {
      if (settings === undefined) {
        throw new Failure('unknown-stream', `There is no topic "${name}" in the event log.`)
      }
      stored = Buffer.from(
        JSON.stringify({ id: randomUUID(), partitionCount: settings.partitionCount }),
      )
      await this.#database.writeDurably([{ type: 'put', key: topicKey(name), value: stored }])
    }
    const { id, partitionCount } = JSON.parse(stored.toString()) as {
      id: string
      partitionCount: number
    }
    const partitions: Topic['partitions'] = []
    for (let partition = 0; partition < partitionCount; partition++) {
      partitions.push(await this.#openPartition(name, partition))
    }
    const retention = { ageMsMax: Infinity, bytesMax: Infinity }
    const retentionAt = this.#clock.elapsed() + retentionEveryMs
    return { name, id, retention, retentionAt, partitions, nextPartition: 0 }
  }

  async #openPartition(topic: string, partition: number): Promise<Topic['partitions'][number]> {
    const range = partitionRange(topic, partition)
    const state = { earliestOffset: 0, endOffset: 0 }
    for await (const [, block] of this.#database.entries({ ...range, limit: 1 })) {
      state.earliestOffset = blockRange(block).firstOffset
    }
    for await (const [, block] of this.#database.entries({ ...range, reverse: true, limit: 1 })) {
      state.endOffset = blockRange(block).nextOffset
    }
    return state
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const appends = this.#pending.splice(0)
      try {
        await this.#reloadEnds()
        await this.#writeAppends(appends)
      } catch (error) {
        for (const append of appends) append.reject(error)
        for (const { topic } of appends) this.#inDoubt.add(topic)
        // So that readers see what is there. If it cannot be, the next append asks first.
        await this.#reloadEnds().catch(() => {})
      }
    }
    this.#flushing = undefined
  }

  async #writeAppends(appends: readonly PendingAppend[]): Promise<void> {
    const operations: LevelOperation[] = []
    const writers = new Map<Topic, TopicWriter>()
    const producers = new Map<string, ProducerState>()
    const answers: (() => void)[] = []
    const timestamp = this.#clock.now()
    for (const append of appends) {
      const known = await this.#producerState(append, producers)
      if (known !== undefined && append.producer && append.producer.sequence <= known.sequence) {
        const ranges = append.producer.sequence === known.sequence ? known.ranges : []
        answers.push(() => append.resolve(ranges))
        continue
      }
      const writer = writers.get(append.topic) ?? new TopicWriter(append.topic, timestamp)
      writers.set(append.topic, writer)
      const ranges = writer.add(append.records)
      if (append.producer !== undefined) {
        const { id, sequence } = append.producer
        producers.set(producerKey(append.topic.name, id).toString(), { sequence, ranges })
      }
      answers.push(() => append.resolve(ranges))
    }
    for (const [key, state] of producers) {
      operations.push({
        type: 'put',
        key: Buffer.from(key),
        value: Buffer.from(JSON.stringify(state)),
      })
    }
    for (const writer of writers.values()) operations.push(...(await writer.operations()))
    if (operations.length > 0) await this.#database.writeDurably(operations)
    for (const writer of writers.values()) writer.advance()
    for (const answer of answers) answer()
    const waiters = this.#waiters
    this.#waiters = new Set()
    for (const wake of waiters) wake()
  }

  /** The last append that the producer of `append` made, also one of the write that is being gathered. */
  async #producerState(
    append: PendingAppend,
    gathered: ReadonlyMap<string, ProducerState>,
  ): Promise<ProducerState | undefined> {
    if (append.producer === undefined) return undefined
    const key = producerKey(append.topic.name, append.producer.id)
    const state = gathered.get(key.toString())
    if (state !== undefined) return state
    const stored = await this.#database.get(key)
    return stored === undefined ? undefined : (JSON.parse(stored.toString()) as ProducerState)
  }

  /** After a failed write it is unknown whether the records are there: asks the database, before anything is written over them. */
  async #reloadEnds(): Promise<void> {
    for (const topic of this.#inDoubt) {
      for (const [partition, state] of topic.partitions.entries()) {
        Object.assign(state, await this.#openPartition(topic.name, partition))
      }
      this.#inDoubt.delete(topic)
    }
  }

  async #readAvailable(
    topic: Topic,
    positions: Positions,
    bytesMax: number,
  ): Promise<RecordBatch[]> {
    const reads = [...positions].map(([partition, offset]) =>
      this.#readPartition(topic, partition, offset, bytesMax / positions.size),
    )
    return (await Promise.all(reads)).flat()
  }

  async #readPartition(
    topic: Topic,
    partition: number,
    position: number,
    bytesMax: number,
  ): Promise<RecordBatch[]> {
    const state = topic.partitions[partition]
    invariant(state !== undefined, `partition ${partition} exists in ${topic.name}`)
    if (position < state.earliestOffset) {
      throw new Failure(
        'log-offsets-expired',
        `Partition ${partition} of ${topic.name} begins at offset ${state.earliestOffset}; ` +
          `${position} is gone.`,
        { extra: { partition, position, earliestOffset: state.earliestOffset } },
      )
    }
    if (position >= state.endOffset) return []
    const batches: RecordBatch[] = []
    let bytes = 0
    const from = await this.#blockKeyAtOrBefore(topic.name, partition, position)
    const range = { gte: from, lt: partitionRange(topic.name, partition).lt }
    for await (const [, block] of this.#database.entries(range)) {
      const batch = batchFrom(await decodeBlock(block), position)
      if (batch.nextOffset > position) batches.push(batch)
      bytes += sizeOf(batch)
      if (bytes >= bytesMax) break
    }
    return batches
  }

  async #blockKeyAtOrBefore(topic: string, partition: number, offset: number): Promise<Buffer> {
    const range: KeyRange = {
      gte: blockKey(topic, partition, 0),
      lt: blockKey(topic, partition, offset + 1),
      reverse: true,
      limit: 1,
    }
    for await (const key of this.#database.keys(range)) return key
    return blockKey(topic, partition, offset)
  }

  async #appended(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const waiting = new AbortController()
    const wake = () => waiting.abort()
    this.#waiters.add(wake)
    signal?.addEventListener('abort', wake, { once: true })
    if (signal?.aborted) wake()
    await this.#clock.sleep(waitMs, waiting.signal)
    this.#waiters.delete(wake)
    signal?.removeEventListener('abort', wake)
  }

  /** Drops old blocks that every group has passed; a log that nobody reads keeps everything. */
  async #applyRetention(topic: Topic): Promise<void> {
    const passed = await this.#passedByAll(topic)
    if (passed === undefined) return
    const { ageMsMax, bytesMax } = topic.retention
    const keptSince = this.#clock.now() - ageMsMax
    const partitionBytesMax = bytesMax / topic.partitions.length
    for (const [partition, state] of topic.partitions.entries()) {
      const range = partitionRange(topic.name, partition)
      let bytes = await this.#database.approximateSize(range)
      let earliest = state.earliestOffset
      for await (const [, block] of this.#database.entries(range)) {
        const { nextOffset } = blockRange(block)
        if (nextOffset > (passed.get(partition) ?? 0) || nextOffset >= state.endOffset) break
        const isOld = ((await decodeBlock(block)).timestamps.at(-1) ?? 0) < keptSince
        if (!isOld && bytes <= partitionBytesMax) break
        bytes -= block.length
        earliest = nextOffset
      }
      if (earliest === state.earliestOffset) continue
      state.earliestOffset = earliest
      await this.#database.clear({
        gte: range.gte,
        lt: blockKey(topic.name, partition, earliest),
      })
    }
  }

  async #passedByAll(topic: Topic): Promise<Positions | undefined> {
    let passed: Map<number, number> | undefined
    for await (const [, value] of this.#database.entries(prefixRange(groupKey(topic.name, '')))) {
      const positions = new Map(JSON.parse(value.toString()) as [number, number][])
      passed ??= positions
      for (const [partition, offset] of passed) {
        passed.set(partition, Math.min(offset, positions.get(partition) ?? 0))
      }
    }
    return passed
  }
}
