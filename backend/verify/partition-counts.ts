import type { PartitionCount } from '../contract/verification.ts'
import type { TopicDescription } from '../events/event-log.ts'
import type { PartitionSum } from './judge-counts.ts'
import type { TailAudit } from './tail-audit.ts'

/** Each partition that the lake or the log has, with what lake, tail and log have of it. */
export function partitionCounts(
  sums: readonly PartitionSum[],
  tails: ReadonlyMap<number, TailAudit>,
  topic: TopicDescription | undefined,
): PartitionCount[] {
  const ranges = new Map((topic?.partitions ?? []).map(range => [range.partition, range]))
  const partitions = new Set([...ranges.keys(), ...sums.map(({ partition }) => partition)])
  return [...partitions]
    .sort((a, b) => a - b)
    .map(partition => {
      const { earliestOffset = 0, endOffset = 0 } = ranges.get(partition) ?? {}
      const none = { rows: 0, deadLetters: 0, duplicates: 0, setAside: 0 }
      const sum = sums.find(each => each.partition === partition) ?? {
        ...{ partition, startOffset: earliestOffset, endOffset: earliestOffset },
        ...none,
      }
      const taken = tails.get(partition)?.endOffset ?? sum.endOffset
      return {
        ...sum,
        tail: Math.max(taken - sum.endOffset, 0),
        log: { startOffset: earliestOffset, endOffset: Math.max(endOffset, taken) },
        addsUp: addsUp(sum),
      }
    })
}

function addsUp({ startOffset, endOffset, ...sum }: PartitionSum): boolean {
  return sum.rows + sum.deadLetters + sum.duplicates + sum.setAside === endOffset - startOffset
}
