import type { Positions } from '../events/event-log.ts'

/** What statements see of a stream from now on. */
export interface VisibleChange {
  readonly stream: string
  readonly positions: Positions
  /** Of the lake's table, below the tail. */
  readonly version: number
  /** All that was appended before this moment is in sight, in milliseconds since the epoch. */
  readonly asOf: number
  /** Whether the lake has a new snapshot, rather than the tail new events. */
  readonly isSnapshot: boolean
}
