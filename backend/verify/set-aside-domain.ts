import type { Snapshot } from '../lake/delta-log.ts'
import type { PartitionRanges } from './attribute-losses.ts'

/** A file that was taken out of its table, and the offsets of a stream that went with it. */
export interface SetAsideFile {
  readonly file: string
  /** ISO 8601. */
  readonly at: string
  readonly partitions: readonly PartitionRanges[]
}

/** The metadata domain of a table that names what was set aside of a stream: it outlives the commit. */
export function setAsideDomain(stream: string): string {
  return `millrace-set-aside.${stream}`
}

export function setAsideFiles(snapshot: Snapshot, stream: string): readonly SetAsideFile[] {
  const text = snapshot.domains.get(setAsideDomain(stream))
  return text === undefined ? [] : (JSON.parse(text) as { files: SetAsideFile[] }).files
}

export function setAsideRanges(snapshot: Snapshot, stream: string): PartitionRanges[] {
  return setAsideFiles(snapshot, stream).flatMap(({ partitions }) => partitions)
}
