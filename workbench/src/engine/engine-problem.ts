import { problemOfDuckDb } from '../../../backend/contract/duckdb-error.ts'
import { ProblemError } from '../api-client/problem-error.ts'

/** WebAssembly has trapped: nothing in that worker can be relied upon any more. */
const trap =
  /table index is out of bounds|memory access out of bounds|unreachable|null function|Maximum call stack/i
const missing =
  /with name "?([^"\s]+)"? is not in the catalog, but it exists in the (\w+) extension/
/** The server's DuckDB is the newer one: it may know what this one does not. */
const unknown = /(?:Function|Type) with name \S+ does not exist/

export function isTrap(error: unknown): boolean {
  return !(error instanceof ProblemError) && trap.test(textOf(error))
}

/** An error of the browser's engine as the problem that names it. */
export function engineError(error: unknown, sql: string): ProblemError {
  if (error instanceof ProblemError) return error
  const text = textOf(error)
  if (trap.test(text)) {
    return unavailable(
      `The browser’s engine broke down: ${text}.`,
      'Run the statement on the server.',
    )
  }
  const problem = problemOfDuckDb(text, sql)
  const [, name] = missing.exec(problem.detail) ?? []
  if (name === undefined) return new ProblemError(problem)
  const detail = `${name} is not there in the browser’s engine.`
  return new ProblemError({
    ...problem,
    detail,
    code: beyondCode,
    hint: 'It is on the server: run the statement there, on tables of the server.',
  })
}

export function startError(error: unknown): ProblemError {
  return unavailable(
    `The browser’s engine cannot start: ${textOf(error)}.`,
    'Load the page again once Millrace answers.',
  )
}

const beyondCode = 'engine-lacks'

/** Whether another engine may do what the browser's could not. */
export function isBeyondBrowser(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false
  const { code, detail } = error.problem
  return [beyondCode, 'engine-unavailable', 'query-memory'].includes(code) || unknown.test(detail)
}

function unavailable(detail: string, hint: string): ProblemError {
  return new ProblemError({
    type: '/docs/problems#engine-unavailable',
    title: 'The browser’s engine is not there',
    status: 0,
    code: 'engine-unavailable',
    detail,
    hint,
    retryable: true,
  })
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
