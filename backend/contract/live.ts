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
    /**
     * What the page has, as a `result` named it, from an earlier connection as well: it is not sent again, and each further
     * result is what changes in the one before. Without it each one comes whole.
     */
    holds: Type.Optional(
      Type.Object({ answer: Type.String(), messages: Type.Array(Type.String()) }),
    ),
  }),
  Type.Object({ type: Type.Literal('unsubscribe'), id: Type.String() }),
])
export type LiveRequest = Static<typeof LiveRequest>

/**
 * One message of an Arrow IPC stream that the frame brings, by the name that its content gives it; or messages that the
 * page holds: from which one, and how many.
 */
const ResultPiece = Type.Union([Type.String(), Type.Tuple([Type.Integer(), Type.Integer()])])
export type ResultPiece = Static<typeof ResultPiece>

/**
 * What the server sends. A `result` comes as a binary frame: the length of the JSON header (u32, little endian), the
 * header, then the messages that are new, one after the other. All others are JSON text.
 */
export const LiveMessage = Type.Union([
  Type.Object({
    type: Type.Literal('result'),
    id: Type.String(),
    /** Names the answer by its content. */
    answer: Type.String(),
    /** The answer that the page holds, of which messages are kept; empty when none are. */
    base: Type.String(),
    /** The messages of the answer in their order: the schema first, then batches. */
    pieces: Type.Array(ResultPiece),
    /** How old the data is, in milliseconds: everything appended before that is in. */
    ageMs: Type.Number(),
    elapsedMs: Type.Number(),
    /** Whether its aggregates were at hand, and only what has come since had to be read. */
    isKept: Type.Boolean(),
    /** Rows of the whole result; the batches hold `rowsMax` of them at most. */
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
