import type { Message, RecordMetadata, TopicMessages } from 'kafkajs'
import type { AppendedRange, AppendRecord } from './event-log.ts'
import { partitionOf } from './partitioner.ts'

/** Below what a broker takes at once by default, compressed or not. */
const chunkBytesMax = 512 * 1024

interface Placed {
  readonly message: Message
  readonly bytes: number
  /** Which of the appends it belongs to. */
  readonly owner: number
}

/**
 * Records of several appends to one topic, laid out as requests to Kafka, and the offsets that they get.
 */
export class Placement {
  readonly #partitions = new Map<number, Placed[]>()
  readonly #ranges: AppendedRange[][]
  readonly #topic: string

  /** @param nextPartition tells where the next record without a key goes */
  constructor(
    topic: string,
    appends: readonly (readonly AppendRecord[])[],
    partitionCount: number,
    nextPartition: () => number,
  ) {
    this.#topic = topic
    this.#ranges = appends.map(() => [])
    for (const [owner, records] of appends.entries()) {
      for (const { key, value } of records) {
        const partition =
          key === undefined ? nextPartition() % partitionCount : partitionOf(key, partitionCount)
        const placed = this.#partitions.get(partition) ?? []
        this.#partitions.set(partition, placed)
        placed.push({ message: { key: key ?? null, value, partition }, bytes: value.length, owner })
      }
    }
  }

  /** The requests, one after the other; the answer to each has to be noted before the next is taken. */
  *requests(): Generator<{
    messages: TopicMessages
    note(answer: readonly RecordMetadata[]): void
  }> {
    const queues = [...this.#partitions].map(([partition, placed]) => ({
      partition,
      chunks: [...chunksOf(placed)],
    }))
    const rounds = Math.max(0, ...queues.map(({ chunks }) => chunks.length))
    for (let round = 0; round < rounds; round++) {
      const sent = new Map<number, readonly Placed[]>()
      for (const { partition, chunks } of queues) {
        const chunk = chunks[round]
        if (chunk !== undefined) sent.set(partition, chunk)
      }
      const messages = [...sent.values()].flat().map(({ message }) => message)
      yield { messages: { topic: this.#topic, messages }, note: answer => this.#note(sent, answer) }
    }
  }

  /** For each append the ranges it got, in the order of their partitions. */
  ranges(): AppendedRange[][] {
    return this.#ranges.map(ranges => ranges.toSorted((a, b) => a.partition - b.partition))
  }

  #note(sent: ReadonlyMap<number, readonly Placed[]>, answer: readonly RecordMetadata[]): void {
    for (const { topicName, partition, baseOffset } of answer) {
      if (topicName !== this.#topic) continue
      let offset = Number(baseOffset)
      for (const { owner } of sent.get(partition) ?? []) {
        addOffset(this.#ranges[owner] ?? [], partition, offset++)
      }
    }
  }
}

function addOffset(ranges: AppendedRange[], partition: number, offset: number): void {
  const last = ranges.findLastIndex(range => range.partition === partition)
  const range = ranges[last]
  if (range?.lastOffset === offset - 1) ranges[last] = { ...range, lastOffset: offset }
  else ranges.push({ partition, firstOffset: offset, lastOffset: offset })
}

function* chunksOf(placed: readonly Placed[]): Generator<Placed[]> {
  let chunk: Placed[] = []
  let bytes = 0
  for (const each of placed) {
    if (chunk.length > 0 && bytes + each.bytes > chunkBytesMax) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(each)
    bytes += each.bytes
  }
  if (chunk.length > 0) yield chunk
}
