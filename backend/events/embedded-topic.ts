import type { Positions, TopicDescription, TopicSettings } from './event-log.ts'

/** A topic of the embedded log that is open: what is in memory of it. */
export interface Topic {
  readonly name: string
  readonly id: string
  retention: TopicSettings['retention']
  /** When its retention is applied next, on the clock's `elapsed`. */
  retentionAt: number
  readonly partitions: { earliestOffset: number; endOffset: number }[]
  nextPartition: number
}

export function describe(topic: Topic): TopicDescription {
  return {
    topic: topic.name,
    topicId: topic.id,
    partitions: topic.partitions.map(({ earliestOffset, endOffset }, partition) => ({
      partition,
      earliestOffset,
      endOffset,
    })),
  }
}

/** Whether nothing is left to read from these positions. */
export function isAtEnd(positions: Positions, topic: Topic): boolean {
  for (const [partition, offset] of positions) {
    if (offset < (topic.partitions[partition]?.endOffset ?? 0)) return false
  }
  return true
}
