import type { OffsetRange } from '../contract/verification.ts'
import type { Loss } from './judge-counts.ts'
import {
  countOffsets,
  intersectRanges,
  mergeRanges,
  rangesText,
  subtractRanges,
} from './offset-range.ts'

/** A file that cannot be read: what its commit says of it. */
export interface LostFile {
  readonly span: OffsetRange
  readonly rows: number
}

export interface PartitionRanges {
  readonly partition: number
  readonly ranges: readonly OffsetRange[]
}

export interface Attribution {
  /** For each file, the lost offsets that it may have held. */
  readonly ofFiles: readonly (readonly PartitionRanges[])[]
  /** What no file explains. */
  readonly unexplained: readonly Loss[]
}

/** Lays losses at the door of files that cannot be read, as far as these can have held them. */
export function attributeLosses(losses: readonly Loss[], files: readonly LostFile[]): Attribution {
  const spans = mergeRanges(files.map(({ span }) => span))
  const explained = losses.map(loss => ({ loss, ranges: intersectRanges(loss.ranges, spans) }))
  const count = explained.reduce(
    (sum, { loss, ranges }) => sum + Math.min(loss.offsets, countOffsets(ranges)),
    0,
  )
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  if (count > rows) return { ofFiles: files.map(() => []), unexplained: losses }
  const ofFiles = files.map(({ span }) =>
    explained.flatMap(({ loss, ranges }) => {
      const held = intersectRanges(ranges, [span])
      return held.length > 0 ? [{ partition: loss.partition, ranges: held }] : []
    }),
  )
  const unexplained = losses.flatMap(loss => {
    const ranges = subtractRanges(loss.ranges, spans)
    const offsets = Math.min(loss.offsets, countOffsets(ranges))
    return offsets > 0 ? [{ ...loss, ranges, offsets }] : []
  })
  return { ofFiles: ofFiles.map(joined), unexplained }
}

/** Such as ` With it offsets 0 to 9 of partition 1 of orders are gone.`, or nothing. */
export function lostText(lost: readonly PartitionRanges[], stream: string): string {
  if (lost.length === 0) return ''
  const parts = lost.map(
    ({ partition, ranges }) => `${rangesText(ranges)} of partition ${partition}`,
  )
  return ` With it ${parts.join(', ')} of ${stream} are gone.`
}

function joined(lost: readonly PartitionRanges[]): PartitionRanges[] {
  const partitions = new Map<number, OffsetRange[]>()
  for (const { partition, ranges } of lost) {
    partitions.set(partition, [...(partitions.get(partition) ?? []), ...ranges])
  }
  return [...partitions].map(([partition, ranges]) => ({ partition, ranges: mergeRanges(ranges) }))
}
