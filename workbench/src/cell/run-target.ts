import type { Problem } from '../../../backend/contract/problem.ts'
import type { QueryRequest } from '../../../backend/contract/query.ts'
import { ProblemError, problemOf } from '../api-client/problem-error.ts'
import type { PlaceName, QueryClient } from '../api-client/query-client.ts'
import type { InlinedStatement } from '../engine/inline-cells.ts'
import type { DataAge } from './data-age.ts'

/** Where a statement goes, and as what. */
export interface RunTarget {
  readonly queries: QueryClient
  readonly place: PlaceName
  readonly engine: NonNullable<QueryRequest['engine']>
  readonly statement: InlinedStatement
  /** Empty where the engine says it. */
  readonly reason: string
  /** How old the results are that it reads. */
  readonly age: DataAge | null
  /** Where it goes when that engine cannot do it. */
  readonly otherwise: RunTarget | null
}

/** An error at its place in the cell's own statement, or with the name of the cell that it comes from. */
export function placedError(error: unknown, statement: InlinedStatement): unknown {
  const problem = problemOf(error)
  if (!(error instanceof ProblemError) || problem.position === undefined) return error
  return new ProblemError(placedProblem(problem, statement))
}

export function placedProblem(problem: Problem, statement: InlinedStatement): Problem {
  const { position, ...rest } = problem
  if (position === undefined) return problem
  const place = statement.placeOf(position)
  if (place.cell === null) return { ...rest, position: place.position }
  const { line, column } = place.position
  return { ...rest, detail: `In ${place.cell}, line ${line}, column ${column}: ${problem.detail}` }
}
