import type { RecordBatch } from '../events/record-batch.ts'
import type { RowSource } from '../lake/parquet-writer.ts'
import type { Accounting } from './accounting.ts'

/** Rows and dead letters that wait for a commit to the lake. */
export interface PendingCommit {
  readonly accounting: Accounting
  /** Undefined when every event is a dead letter, or there is none. */
  readonly rows: RowSource | undefined
  /** Those of the partitions that are named, above the offset that is named with each. */
  deadLettersAbove(offsets: ReadonlyMap<number, number>): RowSource
  /** Frees them, when the commit is done. */
  release(): Promise<void>
}

/** Decodes batches and gathers the outcome until it is sealed for a commit: by DuckDB, or in a simulation. */
export interface PendingRows {
  /** Offsets that were decoded since the last seal. */
  readonly count: number
  /** Decodes batches, which go on where the ones before have ended. */
  add(batches: readonly RecordBatch[]): Promise<void>
  /** Hands over what has gathered, and begins anew; the commit before it has been released. */
  seal(): Promise<PendingCommit>
  /** Drops what was not sealed. */
  close(): Promise<void>
}
