import { type Static, Type } from 'typebox'
import { StreamStatus } from './ingest.ts'
import { Problem } from './problem.ts'
import { ParameterValue, StreamState } from './query.ts'

/** What a page sends over the WebSocket `/api/live`, as JSON text. */
export const LiveRequest = Type.Union([
  Type.Object({
    type: Type.Literal('subscribe'),
    /** Chosen by the page; names the subscription in both directions. */
    id: Type.String({ minLength: 1, maxLength: 64 }),
    sql: Type.String({ minLength: 1 }),
    params: Type.Optional(Type.Record(Type.String(), ParameterValue)),
    rowsMax: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  Type.Object({ type: Type.Literal('unsubscribe'), id: Type.String() }),
])
export type LiveRequest = Static<typeof LiveRequest>

/**
 * What the server sends. A `result` comes as a binary frame: the length of the JSON header (u32, little endian), the
 * header, blanks included, then at a multiple of eight bytes the result as an Arrow IPC stream. All others are JSON text.
 */
export const LiveMessage = Type.Union([
  Type.Object({
    type: Type.Literal('result'),
    id: Type.String(),
    /** How old the data is, in milliseconds: everything appended before that is in. */
    ageMs: Type.Number(),
    elapsedMs: Type.Number(),
    /** Rows of the whole result; the Arrow stream holds `rowsMax` of them at most. */
    rows: Type.Integer(),
    streams: Type.Array(StreamState),
  }),
  /** The last result still holds: nothing that it reads has changed. */
  Type.Object({ type: Type.Literal('current'), id: Type.String(), ageMs: Type.Number() }),
  Type.Object({ type: Type.Literal('failed'), id: Type.String(), problem: Problem }),
  /** About once a second, to every page. */
  Type.Object({ type: Type.Literal('status'), streams: Type.Array(StreamStatus) }),
])
export type LiveMessage = Static<typeof LiveMessage>
