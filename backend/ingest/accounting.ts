import { invariant } from '../base/invariant.ts'
import type { PartitionAccounting } from '../contract/ingest.ts'
import type { RecordBatch } from '../events/record-batch.ts'

/** What became of the offsets of each partition, in one commit or in all of them. */
export type Accounting = ReadonlyMap<number, PartitionAccounting>

/** @throws InvariantError when an offset is neither a row, a dead letter, nor a duplicate, or is two of them */
export function checkIdentity(accounting: Accounting): void {
  for (const part of accounting.values()) {
    const counted = part.rows + part.deadLetters + part.duplicates
    invariant(
      part.endOffset - part.startOffset === counted,
      `partition ${part.partition} has ${part.endOffset - part.startOffset} offsets and accounts for ${counted}`,
    )
  }
}

/** Accounts for batches of which `deadLetters` events are no rows. */
export function accountFor(
  batches: readonly RecordBatch[],
  deadLetters: readonly { readonly partition: number }[],
): Accounting {
  const parts = new Map<number, PartitionAccounting>()
  for (const batch of batches) {
    const { partition, firstOffset, nextOffset, count } = batch
    const part = parts.get(partition)
    parts.set(partition, {
      partition,
      startOffset: part?.startOffset ?? firstOffset,
      endOffset: nextOffset,
      rows: (part?.rows ?? 0) + count,
      deadLetters: 0,
      duplicates: (part?.duplicates ?? 0) + nextOffset - firstOffset - count,
    })
  }
  for (const { partition } of deadLetters) {
    const part = parts.get(partition)
    invariant(part !== undefined, `partition ${partition} is one of the batch`)
    parts.set(partition, { ...part, rows: part.rows - 1, deadLetters: part.deadLetters + 1 })
  }
  return parts
}

/** The accounting of `first` and then `second`, which goes on where the first one ends. */
export function addAccounting(first: Accounting, second: Accounting): Accounting {
  const sum = new Map(first)
  for (const [partition, part] of second) {
    const before = first.get(partition)
    if (before === undefined) {
      sum.set(partition, part)
      continue
    }
    invariant(
      part.startOffset === before.endOffset,
      `partition ${partition} goes on at ${before.endOffset}, not at ${part.startOffset}`,
    )
    sum.set(partition, {
      partition,
      startOffset: before.startOffset,
      endOffset: part.endOffset,
      rows: before.rows + part.rows,
      deadLetters: before.deadLetters + part.deadLetters,
      duplicates: before.duplicates + part.duplicates,
    })
  }
  return sum
}
