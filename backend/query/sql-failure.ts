import { Failure, messageOf } from '../base/failure.ts'
import { readDuckDbError } from '../contract/duckdb-error.ts'

/** Translates an error of DuckDB into the failure that names it, with the place it points at in `sql`. */
export function sqlFailure(error: unknown, sql: string): Failure {
  if (error instanceof Failure) return error
  const { code, detail, hint, position } = readDuckDbError(messageOf(error), sql)
  return new Failure(code, detail, { hint, extra: position ? { position } : {}, cause: error })
}
