import type { Failure } from './failure.ts'
import { type ProblemCode, problems } from './problems.ts'

/** RFC 9457 problem details of a failure: what the API answers. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly retryable: boolean
  readonly hint?: string
  readonly [member: string]: unknown
}

export function toProblem(failure: Failure): ProblemDocument {
  const { title, status, retryable } = problems[failure.code]
  return {
    ...failure.extra,
    type: `/docs/problems#${failure.code}`,
    title,
    status,
    code: failure.code,
    detail: failure.message,
    retryable,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  }
}
