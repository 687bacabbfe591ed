import { type Static, Type } from 'typebox'
import { Problem } from './problem.ts'

export const arrowStreamType = 'application/vnd.apache.arrow.stream'

/** A value bound to `$name` in a statement. Integers beyond 2^53 and decimals are exact as strings. */
export const ParameterValue = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
])
export type ParameterValue = Static<typeof ParameterValue>

export const EngineName = Type.Enum(['server', 'spark'])
export type EngineName = Static<typeof EngineName>

export const QueryRequest = Type.Object(
  {
    sql: Type.String({ minLength: 1, description: 'One statement that reads, in DuckDB SQL' }),
    params: Type.Optional(Type.Record(Type.String(), ParameterValue)),
    /** `spark` takes Spark's SQL, and needs a cluster that has it. */
    engine: Type.Optional(Type.Enum(['auto', 'server', 'spark'])),
    /** Chosen by the client, so that it can ask for progress or cancel before the first row comes. */
    id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' })),
    /** Answer this many rows at most; the rest is counted and the count told by `GET /api/queries/:id`. */
    rowsMax: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Wait until these events, by stream and partition, are part of the answer: what an append was answered. */
    after: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Integer()))),
  },
  { additionalProperties: false },
)
export type QueryRequest = Static<typeof QueryRequest>

export const ResultColumn = Type.Object({
  name: Type.String(),
  /** The SQL type, such as `BIGINT` or `DECIMAL(18,2)`. */
  type: Type.String(),
})
export type ResultColumn = Static<typeof ResultColumn>

/**
 * The answer to `Accept: application/json`. A number stands as a JSON number where a double holds it exactly, else as
 * a string; dates and times are ISO 8601 in UTC.
 */
export const JsonResult = Type.Object({
  columns: Type.Array(ResultColumn),
  rows: Type.Array(Type.Array(Type.Unknown())),
})

/** The state of a stream that an answer saw: for each partition all offsets below `nextOffset`, and none above. */
export const StreamState = Type.Object({
  stream: Type.String(),
  /** The version of the lake table below the live tail. */
  version: Type.Integer(),
  partitions: Type.Array(Type.Object({ partition: Type.Integer(), nextOffset: Type.Integer() })),
  /** The answer holds all that was appended up to this many milliseconds before the statement began to run. */
  ageMs: Type.Number(),
})
export type StreamState = Static<typeof StreamState>

/** The columns of the answer to a statement that makes or drops a live view: the catalog is another one then. */
export const viewOutcomeColumns = ['live_view', 'outcome'] as const

/** The same for a table of HBase. */
export const tableOutcomeColumns = ['hbase_table', 'outcome'] as const

/** Files of the history that a statement needs, and how many of them are on this machine by now. */
export const Fetching = Type.Object({
  files: Type.Integer(),
  filesTotal: Type.Integer(),
})
export type Fetching = Static<typeof Fetching>

export const QueryState = Type.Object({
  id: Type.String(),
  state: Type.Enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  engine: EngineName,
  /** Why this engine was chosen, in plain words. */
  reason: Type.String(),
  /** 0 to 1, or null while the engine cannot say. */
  progress: Type.Union([Type.Number(), Type.Null()]),
  /** What the statement waits for; null when it waits for no file. */
  fetching: Type.Union([Fetching, Type.Null()]),
  /** Rows of the result so far; the whole once the state is `done`. */
  rows: Type.Integer(),
  elapsedMs: Type.Number(),
  /** What the answer saw of each stream; empty until it is known. */
  streams: Type.Array(StreamState),
  /** Why it failed, when it did. */
  problem: Type.Optional(Problem),
})
export type QueryState = Static<typeof QueryState>
