import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure, messageOf } from '../base/failure.ts'
import { identifier } from '../base/sql.ts'
import { type DuckDbProblem, didYouMean, readDuckDbError } from '../contract/duckdb-error.ts'
import type { Position } from '../contract/problem.ts'

/** A table's name and the dot after it, and a column's. */
const dotted = /^((?:"(?:[^"]|"")*"|[\p{L}\p{N}_]+)\s*\.\s*)("(?:[^"]|"")*"|[\p{L}\p{N}_]+)/u

/**
 * Adds what may have been meant to a failure over `table.column`. Of a view, as every stream is one, DuckDB suggests
 * columns only where no table is named: so it is asked without, and then whether the table has what it suggests.
 */
export async function suggestColumns(
  connection: DuckDBConnection,
  failure: Failure,
  sql: string,
): Promise<Failure> {
  const { code, message, hint, extra, cause } = failure
  const { offset } = (extra.position ?? {}) as Partial<Position>
  if (code !== 'sql-unknown-name' || hint !== undefined || offset === undefined) return failure
  const [whole, table, column] = dotted.exec(sql.slice(offset)) ?? []
  if (whole === undefined || table === undefined || column === undefined) return failure
  const problemWith = (name: string): Promise<DuckDbProblem | undefined> =>
    problemOf(connection, sql.slice(0, offset) + name + sql.slice(offset + whole.length))
  const suggested = (await problemWith(column))?.candidates ?? []
  const meant: string[] = []
  for (const name of suggested) {
    const problem = await problemWith(table + identifier(name))
    if (problem?.position?.offset !== offset) meant.push(name)
  }
  if (meant.length === 0) return failure
  return new Failure(code, message, { hint: didYouMean(meant), extra, cause })
}

async function problemOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDbProblem | undefined> {
  try {
    const prepared = await connection.prepare(sql)
    prepared.destroySync()
    return undefined
  } catch (error) {
    return readDuckDbError(messageOf(error), sql)
  }
}
