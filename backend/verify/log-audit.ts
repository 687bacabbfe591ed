import { isFailure, messageOf } from '../base/failure.ts'
import type { Finding, OffsetRange } from '../contract/verification.ts'
import type { EventLog, PartitionRange } from '../events/event-log.ts'
import { offsetAt, type RecordBatch } from '../events/record-batch.ts'
import { rangesText } from './offset-range.ts'

export interface LogAuditParts {
  readonly stream: string
  readonly eventLog: EventLog
  readonly signal: AbortSignal
  /** Consecutive offsets that were read, and those of them that have no event. */
  onRead(read: OffsetRange, empty: readonly OffsetRange[], batch: RecordBatch): Promise<void>
}

const readBytesMax = 4 << 20
const waitMsMax = 500

/** Reads a partition of the log again, as far as it holds the offsets of the range. */
export async function auditLog(
  { partition, earliestOffset, endOffset }: PartitionRange,
  parts: LogAuditParts,
): Promise<Finding[]> {
  const { stream, eventLog, signal } = parts
  const where = `Partition ${partition} of the log of ${stream}`
  const findings: Finding[] = []
  let position = earliestOffset
  while (position < endOffset) {
    signal.throwIfAborted()
    try {
      const options = { bytesMax: readBytesMax, waitMsMax, signal }
      const { batches } = await eventLog.read(stream, new Map([[partition, position]]), options)
      if (batches.length === 0) break
      for (const batch of batches) {
        if (batch.firstOffset > position) {
          const gap = rangesText([{ startOffset: position, endOffset: batch.firstOffset }])
          findings.push({ kind: 'log-gap', detail: `${where} lacks ${gap}.`, partition })
        }
        position = batch.nextOffset
        await parts.onRead(rangeOf(batch), emptyRanges(batch), batch)
      }
    } catch (error) {
      if (isFailure(error, 'log-offsets-expired')) {
        position = await earliestNow(partition, parts)
      } else if (isFailure(error, 'lake-corrupt') || isFailure(error, 'log-format')) {
        const detail = `${where} cannot be read from offset ${position} on: ${messageOf(error)}`
        return [...findings, { kind: 'log-damaged', detail, partition }]
      } else throw error
    }
  }
  return findings
}

/** Retention goes on while it is read. */
async function earliestNow(
  partition: number,
  { eventLog, stream }: LogAuditParts,
): Promise<number> {
  const { partitions } = await eventLog.describeTopic(stream)
  return partitions.find(each => each.partition === partition)?.earliestOffset ?? Infinity
}

function rangeOf({ firstOffset, nextOffset }: RecordBatch): OffsetRange {
  return { startOffset: firstOffset, endOffset: nextOffset }
}

/** The offsets that a batch covers and has no event of. */
export function emptyRanges(batch: RecordBatch): OffsetRange[] {
  const empty: OffsetRange[] = []
  let next = batch.firstOffset
  if (batch.offsets === undefined) next += batch.count
  else {
    for (const offset of batch.offsets) {
      if (offset > next) empty.push({ startOffset: next, endOffset: offset })
      next = offset + 1
    }
  }
  if (batch.nextOffset > next) empty.push({ startOffset: next, endOffset: batch.nextOffset })
  return empty
}

/** How many events of a batch lie in a range. */
export function countEvents(batch: RecordBatch, { startOffset, endOffset }: OffsetRange): number {
  if (batch.firstOffset >= startOffset && batch.nextOffset <= endOffset) return batch.count
  let count = 0
  for (let index = 0; index < batch.count; index++) {
    const offset = offsetAt(batch, index)
    if (offset >= startOffset && offset < endOffset) count++
  }
  return count
}
