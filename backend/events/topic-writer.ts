import type { LevelOperation } from '../base/level-database.ts'
import { blockKey } from './embedded-log-keys.ts'
import type { Topic } from './embedded-topic.ts'
import type { AppendedRange, AppendRecord } from './event-log.ts'
import { partitionOf } from './partitioner.ts'
import { RecordBatchBuilder } from './record-batch.ts'
import { encodeBlock } from './record-block.ts'

const blockSizeMax = 1 << 20

/** Gathers the appends of one write for one topic. */
export class TopicWriter {
  readonly #topic: Topic
  readonly #timestamp: number
  readonly #builders = new Map<number, RecordBatchBuilder[]>()
  readonly #ends: number[]

  constructor(topic: Topic, timestamp: number) {
    this.#topic = topic
    this.#timestamp = timestamp
    this.#ends = topic.partitions.map(state => state.endOffset)
  }

  add(records: readonly AppendRecord[]): AppendedRange[] {
    const ranges = new Map<number, AppendedRange>()
    for (const record of records) {
      const partition = this.#choosePartition(record.key)
      const offset = this.#ends[partition] ?? 0
      this.#ends[partition] = offset + 1
      this.#builderOf(partition, offset).add({
        offset,
        timestamp: this.#timestamp,
        value: record.value,
      })
      const firstOffset = ranges.get(partition)?.firstOffset ?? offset
      ranges.set(partition, { partition, firstOffset, lastOffset: offset })
    }
    return [...ranges.values()].sort((a, b) => a.partition - b.partition)
  }

  async operations(): Promise<LevelOperation[]> {
    const operations: LevelOperation[] = []
    for (const [partition, builders] of this.#builders) {
      for (const builder of builders) {
        const batch = builder.build()
        operations.push({
          type: 'put',
          key: blockKey(this.#topic.name, partition, batch.firstOffset),
          value: await encodeBlock(batch, { isCompressed: false }),
        })
      }
    }
    return operations
  }

  /** Makes the written records readable. */
  advance(): void {
    for (const [partition, state] of this.#topic.partitions.entries()) {
      state.endOffset = this.#ends[partition] ?? state.endOffset
    }
  }

  #choosePartition(key: string | undefined): number {
    const count = this.#topic.partitions.length
    if (key !== undefined) return partitionOf(key, count)
    const partition = this.#topic.nextPartition
    this.#topic.nextPartition = (partition + 1) % count
    return partition
  }

  #builderOf(partition: number, offset: number): RecordBatchBuilder {
    const builders = this.#builders.get(partition) ?? []
    this.#builders.set(partition, builders)
    const last = builders.at(-1)
    if (last !== undefined && last.size < blockSizeMax) return last
    const builder = new RecordBatchBuilder(partition, offset)
    builders.push(builder)
    return builder
  }
}
