import { Failure, isFailure, messageOf } from '../base/failure.ts'
import type { ProblemCode } from '../base/problems.ts'

/** A failure on its way between processes. */
export interface PlainFailure {
  readonly code: ProblemCode
  readonly detail: string
  readonly hint: string | undefined
  readonly extra: Readonly<Record<string, unknown>>
}

export function plainFailure(error: unknown): PlainFailure {
  if (!isFailure(error)) {
    return { code: 'internal', detail: messageOf(error), hint: undefined, extra: {} }
  }
  return { code: error.code, detail: error.message, hint: error.hint, extra: error.extra }
}

export function failureOf({ code, detail, hint, extra }: PlainFailure): Failure {
  return new Failure(code, detail, { hint, extra })
}
