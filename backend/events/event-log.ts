import type { RecordBatch } from './record-batch.ts'

/** One value on its way into the log. */
export interface AppendRecord {
  /** Chooses the partition, as Kafka's clients do; records without one are spread evenly. */
  readonly key: string | undefined
  readonly value: Buffer
}

export interface AppendOptions {
  /**
   * Makes a repeated append harmless: a producer numbers its appends upwards from 1, waits for each, and repeats the last
   * when it does not know its outcome. The repeat is answered with the ranges it got the first time.
   */
  readonly producer?: { readonly id: string; readonly sequence: number } | undefined
}

/** Records that an append put into one partition: offsets `firstOffset` … `lastOffset`. */
export interface AppendedRange {
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
}

export interface PartitionRange {
  readonly partition: number
  /** The first offset that can still be read. */
  readonly earliestOffset: number
  /** The offset that the next record will get. */
  readonly endOffset: number
}

export interface TopicDescription {
  readonly topic: string
  /** Changes when a topic is deleted and created again under the same name. */
  readonly topicId: string
  readonly partitions: readonly PartitionRange[]
}

export interface TopicSettings {
  readonly partitionCount: number
  readonly retention: { readonly ageMsMax: number; readonly bytesMax: number }
}

/** Partition → the offset to read next. */
export type Positions = ReadonlyMap<number, number>

export interface ReadOptions {
  /** About how many bytes of values to return at most; at least one record comes all the same. */
  readonly bytesMax: number
  /** How long to wait for a first record, in milliseconds. */
  readonly waitMsMax: number
  readonly signal?: AbortSignal | undefined
}

export interface ReadResult {
  readonly batches: readonly RecordBatch[]
  /** Partition → end offset, of those that were read, as known when the read began. */
  readonly endOffsets: Positions
  /** When the read began, in milliseconds since the epoch: all that was appended before it is below `endOffsets`. */
  readonly readAt: number
}

/** The partitions that are a member's, until the group deals them out anew. */
export interface Assignment {
  readonly partitions: readonly number[]
  /** Aborted when the member's part is another one: what is under way for it is to be given up. */
  readonly lost: AbortSignal
}

/** One of the processes that share the partitions of a topic. */
export interface Membership {
  /** The member's part as it is now; none while the group has not dealt it out. */
  assignment(signal: AbortSignal): Promise<Assignment>
  /**
   * Tells the log how far the member's partitions are taken: advisory, for lag. The lake's own commit is the truth.
   */
  commitOffsets(positions: Positions): Promise<void>
  /** Leaves its part to the others. */
  leave(): Promise<void>
}

/** Partitioned, ordered, durable records: Kafka, or its embedded stand-in. */
export interface EventLog {
  /** Creates the topic if it is absent, and describes it as it is. */
  ensureTopic(topic: string, settings: TopicSettings): Promise<TopicDescription>
  /** @throws Failure `unknown-stream` when there is no such topic */
  describeTopic(topic: string): Promise<TopicDescription>
  /**
   * Resolves when the records survive a crash of the machine; readers may see them a moment later. Ranges come in the order
   * of their partitions.
   */
  append(
    topic: string,
    records: readonly AppendRecord[],
    options?: AppendOptions,
  ): Promise<readonly AppendedRange[]>
  /**
   * Reads on from `positions`, in order within each partition; waits while there is nothing.
   * @throws Failure `log-offsets-expired` when a position lies below what the log still holds
   */
  read(topic: string, positions: Positions, options: ReadOptions): Promise<ReadResult>
  /** Takes part in reading a topic, which must be there, with all who join the same group. */
  join(topic: string, group: string): Promise<Membership>
  close(): Promise<void>
}
