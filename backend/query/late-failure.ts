import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import type { Statement } from './query-engine.ts'
import { prepareReading } from './reading-statement.ts'
import { sqlFailure } from './sql-failure.ts'

/**
 * Tells a result that has ended from one that broke off: DuckDB's binding answers both with an empty chunk, but a failure
 * leaves the transaction aborted, and nothing runs in it. The transaction of one that has ended is over then.
 */
export async function hasBrokenOff(connection: DuckDBConnection): Promise<boolean> {
  return connection.run('SELECT 1; ROLLBACK').then(
    () => false,
    () => true,
  )
}

/**
 * Finds out why a result broke off, which the binding keeps to itself: computes it again without keeping rows.
 * @param prepareData brings what the transaction alone holds
 */
export async function lateFailure(
  connection: DuckDBConnection,
  statement: Statement,
  rows: number,
  prepareData: () => Promise<void>,
): Promise<Failure> {
  const again = `SELECT count(COLUMNS(*)) FROM (\n${statement.sql.replace(/;\s*$/, '')}\n)`
  await connection.run('ROLLBACK')
  await connection.run('BEGIN TRANSACTION READ ONLY')
  try {
    await prepareData()
    const prepared = await prepareReading(connection, { ...statement, sql: again })
    await prepared.run()
  } catch (error) {
    const failure = sqlFailure(error, again)
    if (['sql-runtime', 'query-memory', 'lake-corrupt'].includes(failure.code)) {
      return new Failure(failure.code, failure.message, { hint: failure.hint })
    }
  }
  return new Failure('sql-runtime', `The statement failed after ${rows} rows.`, {
    hint: 'A value that cannot be cast or computed is the usual cause: try_cast gives NULL instead.',
  })
}
