import { type Static, Type } from 'typebox'

export const OffsetRange = Type.Object({
  startOffset: Type.Integer(),
  /** The first offset that is not in it any more. */
  endOffset: Type.Integer(),
})
export type OffsetRange = Static<typeof OffsetRange>

/** What is wrong, in one sentence and in parts. */
export const Finding = Type.Object({
  kind: Type.Enum([
    'gap',
    'duplicate',
    'unaccounted',
    'file-missing',
    'file-damaged',
    'commit-missing',
    'commit-damaged',
    'checkpoint-damaged',
    'tail-gap',
    'tail-damaged',
    'log-gap',
    'log-damaged',
    'log-recreated',
  ]),
  /** Names table, file or version, partition and offsets, as far as they are known. */
  detail: Type.String(),
  /** The path of a file in the lake. */
  file: Type.Optional(Type.String()),
  partition: Type.Optional(Type.Integer()),
})
export type Finding = Static<typeof Finding>

/** `endOffset - startOffset = rows + deadLetters + duplicates + setAside`, counted anew. */
export const PartitionCount = Type.Object({
  partition: Type.Integer(),
  startOffset: Type.Integer(),
  /** The first offset that the lake has not committed. */
  endOffset: Type.Integer(),
  rows: Type.Integer(),
  deadLetters: Type.Integer(),
  /** Offsets without an event of their own. */
  duplicates: Type.Integer(),
  /** Offsets of files that were given up by name. */
  setAside: Type.Integer(),
  /** Offsets above the last commit that are in the tail. */
  tail: Type.Integer(),
  /** The offsets that the log still holds. */
  log: OffsetRange,
  addsUp: Type.Boolean(),
})
export type PartitionCount = Static<typeof PartitionCount>

export const VerificationReport = Type.Object({
  stream: Type.String(),
  startedAt: Type.String({ description: 'ISO 8601' }),
  endedAt: Type.String({ description: 'ISO 8601' }),
  /** The version of the stream's table that was counted. */
  version: Type.Integer(),
  partitions: Type.Array(PartitionCount),
  /** What was read: `unsealed` were written before there were checksums, and have none. */
  files: Type.Object({ checked: Type.Integer(), unsealed: Type.Integer(), bytes: Type.Integer() }),
  commits: Type.Object({ checked: Type.Integer(), unsealed: Type.Integer() }),
  /** Offsets of the log that were read again. */
  logOffsets: Type.Integer(),
  findings: Type.Array(Finding),
})
export type VerificationReport = Static<typeof VerificationReport>

/** The check of a stream: the one that runs, and the last one that came to its end. */
export const Verification = Type.Object({
  state: Type.Enum(['idle', 'waiting', 'running', 'cancelled', 'failed']),
  progress: Type.Optional(
    Type.Object({
      step: Type.Enum(['commits', 'files', 'tail', 'log', 'counts']),
      /** Of the step, in a unit of its own. */
      done: Type.Integer(),
      total: Type.Integer(),
    }),
  ),
  /** Why the last one failed. */
  problem: Type.Optional(
    Type.Object({ code: Type.String(), detail: Type.String(), hint: Type.Optional(Type.String()) }),
  ),
  report: Type.Union([VerificationReport, Type.Null()]),
})
export type Verification = Static<typeof Verification>

/** A file that was taken out of its table, and what was lost with it. */
export const SetAsideAnswer = Type.Object({
  file: Type.String(),
  /** Offsets without their events from now on, over all streams; none for a file of the Delta log. */
  offsets: Type.Integer(),
  detail: Type.String(),
})
export type SetAsideAnswer = Static<typeof SetAsideAnswer>
