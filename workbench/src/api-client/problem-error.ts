import type { Problem } from '../../../backend/contract/problem.ts'

/** An answer that is a problem, or no answer at all. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** The code of a request that got no answer: only the page can know it. */
export const unreachableCode = 'unreachable'

export function unreachableProblem(): Problem {
  return {
    type: 'about:blank',
    title: 'Millrace does not answer',
    status: 0,
    code: unreachableCode,
    detail: 'Millrace does not answer.',
    hint: 'Is it still running? This page tries again by itself, and keeps what you typed.',
    retryable: true,
  }
}

/** Any thrown value as a problem that can be shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  const title = 'Something went wrong on this page'
  return { type: 'about:blank', title, status: 0, code: 'page', detail, retryable: false }
}

/** The problem in an answer that is not OK; an answer of another kind is made into one. */
export function readProblem(status: number, body: string): Problem {
  const parsed = parseJson(body)
  if (isProblem(parsed)) return parsed
  const detail = `The server answered ${status}${body ? `: ${body.slice(0, 200)}` : '.'}`
  const retryable = status >= 500
  return {
    type: 'about:blank',
    title: 'Unexpected answer',
    status,
    code: 'internal',
    detail,
    retryable,
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'detail' in value &&
    typeof value.code === 'string' &&
    typeof value.detail === 'string'
  )
}
