import { type Static, Type } from 'typebox'

/** Where in a statement an engine points: `offset` in UTF-16 units from 0, `line` and `column` from 1. */
export const Position = Type.Object({
  offset: Type.Integer(),
  line: Type.Integer(),
  column: Type.Integer(),
  length: Type.Integer(),
})
export type Position = Static<typeof Position>

/** RFC 9457 problem details, as every error of the API is answered. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    retryable: Type.Boolean(),
    hint: Type.Optional(Type.String()),
    position: Type.Optional(Position),
  },
  { additionalProperties: true },
)
export type Problem = Static<typeof Problem>
