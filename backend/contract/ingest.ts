import { type Static, Type } from 'typebox'

/** The identity that every commit keeps: `endOffset - startOffset = rows + deadLetters + duplicates`. */
export const PartitionAccounting = Type.Object({
  partition: Type.Integer(),
  startOffset: Type.Integer(),
  /** The first offset that is not counted any more. */
  endOffset: Type.Integer(),
  rows: Type.Integer(),
  deadLetters: Type.Integer(),
  /** Offsets without an event of their own, such as those that a log takes for its own marks. */
  duplicates: Type.Integer(),
})
export type PartitionAccounting = Static<typeof PartitionAccounting>

export const PartitionStatus = Type.Object({
  partition: Type.Integer(),
  /** The offset that the next appended event will get. */
  endOffset: Type.Integer(),
  /** The next offset that queries will see. */
  visibleOffset: Type.Integer(),
  /** The next offset that the lake will commit. */
  committedOffset: Type.Integer(),
  /** Events appended and not yet visible. */
  lag: Type.Integer(),
  /** What all commits of this table hold, together. */
  accounting: PartitionAccounting,
})
export type PartitionStatus = Static<typeof PartitionStatus>

/** Milliseconds from append to visible, over the last minute; null when nothing came. */
export const Freshness = Type.Object({
  p50: Type.Union([Type.Number(), Type.Null()]),
  p95: Type.Union([Type.Number(), Type.Null()]),
  p99: Type.Union([Type.Number(), Type.Null()]),
})
export type Freshness = Static<typeof Freshness>

export const StreamStatus = Type.Object({
  stream: Type.String(),
  state: Type.Enum(['starting', 'running', 'paused', 'halted', 'stopped']),
  /** Why ingest is paused or halted: what happened and what to do. */
  problem: Type.Optional(
    Type.Object({ code: Type.String(), detail: Type.String(), hint: Type.Optional(Type.String()) }),
  ),
  /** Events made visible per second, over the last ten seconds. */
  eventsPerSecond: Type.Number(),
  lag: Type.Integer(),
  freshnessMs: Freshness,
  lastCommit: Type.Union([
    Type.Object({
      version: Type.Integer(),
      at: Type.String({ description: 'ISO 8601' }),
      rows: Type.Integer(),
      deadLetters: Type.Integer(),
      files: Type.Integer(),
      durationMs: Type.Number(),
      partitions: Type.Array(PartitionAccounting),
    }),
    Type.Null(),
  ]),
  partitions: Type.Array(PartitionStatus),
})
export type StreamStatus = Static<typeof StreamStatus>

export const IngestStatus = Type.Object({ streams: Type.Array(StreamStatus) })
export type IngestStatus = Static<typeof IngestStatus>

export const Health = Type.Object({
  status: Type.Enum(['ok', 'degraded']),
  version: Type.String(),
  profile: Type.String(),
  /** One entry a part that is not well. */
  problems: Type.Array(Type.Object({ part: Type.String(), detail: Type.String() })),
})
export type Health = Static<typeof Health>

/** The answer to an append: where the events went, and which lines were refused and why. */
export const AppendAnswer = Type.Object({
  accepted: Type.Integer(),
  rejected: Type.Integer(),
  offsets: Type.Array(
    Type.Object({
      partition: Type.Integer(),
      firstOffset: Type.Integer(),
      lastOffset: Type.Integer(),
    }),
  ),
  /** Lines count from 1; for a JSON array, its elements do. At most 1,000; `rejected` counts them all. */
  errors: Type.Array(
    Type.Object({ line: Type.Integer(), reason: Type.String(), detail: Type.String() }),
  ),
})
export type AppendAnswer = Static<typeof AppendAnswer>
