import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { EventLog, Positions, TopicSettings } from '../events/event-log.ts'
import type { RecordBatch } from '../events/record-batch.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import type { Lake } from '../lake/lake.ts'
import type { Maintenance } from '../lake/maintenance.ts'
import type { LiveStore } from '../live/live-store.ts'
import type { Tail } from '../live/tail.ts'
import type { PendingRows } from './pending-rows.ts'
import type { StreamProgress } from './stream-progress.ts'
import type { StreamTables } from './stream-tables.ts'

/** Told what ingest has made durable, in the order in which it happens. */
export interface IngestFollower {
  /** Ingest begins, now or again, at these positions: partition → next offset. */
  begun(stream: string, positions: Positions, tail: Tail): void
  /**
   * Batches are in the live store. An empty list says that nothing came.
   * @param asOf all that was appended before this moment, in milliseconds since the epoch, is among what was told
   */
  tailWritten(stream: string, batches: readonly RecordBatch[], asOf: number): void
  /** The tables of the stream have new snapshots. */
  committed(stream: string): void
}

export interface IngestSettings {
  readonly retention: TopicSettings['retention']
  /** How long a small batch waits for more, in milliseconds. */
  readonly lingerMs: number
  /** About how many bytes of events a batch takes. */
  readonly batchBytesMax: number
  readonly commitEveryMs: number
  readonly commitRowsMax: number
}

export interface IngestParts {
  readonly definition: StreamDefinition
  readonly eventLog: EventLog
  readonly liveStore: LiveStore
  readonly lake: Lake
  readonly tables: StreamTables
  readonly maintenance: readonly Maintenance[]
  openPending(): Promise<PendingRows>
  readonly progress: StreamProgress
  readonly follower: IngestFollower
  readonly clock: Clock
  readonly log: Log
}
