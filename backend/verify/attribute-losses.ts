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

/** Lost offsets that a file may have held. */
export interface LostOffsets {
  readonly partitions: readonly PartitionRanges[]
  /** Some of them may have been in other files that cannot be read either. */
  readonly isShared: boolean
}

export interface Attribution {
  readonly ofFiles: readonly LostOffsets[]
  /** What no file explains. */
  readonly unexplained: readonly Loss[]
}

export const noneLost: LostOffsets = { partitions: [], isShared: false }

/** Lays losses at the door of files that cannot be read, as far as these can have held them. */
export function attributeLosses(losses: readonly Loss[], files: readonly LostFile[]): Attribution {
  const spans = mergeRanges(files.map(({ span }) => span))
  const explained = losses.map(loss => ({ loss, ranges: intersectRanges(loss.ranges, spans) }))
  const count = explained.reduce(
    (sum, { loss, ranges }) => sum + Math.min(loss.offsets, countOffsets(ranges)),
    0,
  )
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  if (count > rows) return { ofFiles: files.map(() => noneLost), unexplained: losses }
  const ofFiles = files.map(file => {
    const others = mergeRanges(files.filter(each => each !== file).map(({ span }) => span))
    const held = explained.map(({ loss: { partition }, ranges }) => {
      return { partition, ranges: intersectRanges(ranges, [file.span]) }
    })
    const isShared = held.some(({ ranges }) => intersectRanges(ranges, others).length > 0)
    return { partitions: joined(held), isShared }
  })
  const unexplained = losses.flatMap(loss => {
    const ranges = subtractRanges(loss.ranges, spans)
    const offsets = Math.min(loss.offsets, countOffsets(ranges))
    return offsets > 0 ? [{ ...loss, ranges, offsets }] : []
  })
  return { ofFiles, unexplained }
}

/** Such as ` With it offsets 0 to 9 of partition 1 of orders are gone.`, or nothing. */
export function lostText({ partitions, isShared }: LostOffsets, stream: string): string {
  if (partitions.length === 0) return ''
  const parts = partitions.map(
    ({ partition, ranges }) => `${rangesText(ranges)} of partition ${partition}`,
  )
  const how = isShared ? 'With it, or with another file that is damaged,' : 'With it'
  return ` ${how} ${parts.join(', ')} of ${stream} are gone.`
}

function joined(lost: readonly PartitionRanges[]): PartitionRanges[] {
  const partitions = new Map<number, OffsetRange[]>()
  for (const { partition, ranges } of lost.filter(each => each.ranges.length > 0)) {
    partitions.set(partition, [...(partitions.get(partition) ?? []), ...ranges])
  }
  return [...partitions].map(([partition, ranges]) => ({ partition, ranges: mergeRanges(ranges) }))
}
