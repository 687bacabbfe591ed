import {
  type DuckDBConnection,
  type DuckDBExtractedStatements,
  type DuckDBPreparedStatement,
  type DuckDBValue,
  listValue,
  StatementType,
} from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { isDefinition } from '../contract/definition-statement.ts'
import type { ParameterValue } from '../contract/query.ts'
import { explainedSql } from './explained.ts'
import type { Statement } from './query-engine.ts'
import { sqlFailure } from './sql-failure.ts'
import { suggestColumns } from './suggested-columns.ts'

/**
 * Prepares the one statement of `statement.sql`, within the caller's transaction.
 * @throws Failure `sql-not-allowed` when it does more than read or is not one statement, `sql-parameter` when a
 *   parameter has no value, `sql-…` for other mistakes
 */
export async function prepareReading(
  connection: DuckDBConnection,
  statement: Statement,
): Promise<DuckDBPreparedStatement> {
  if (isDefinition(statement.sql)) {
    throw new Failure(
      'sql-not-allowed',
      'What is said of live views and tables themselves is not kept live.',
      {
        hint: 'Switch Live off for this cell, and run it.',
      },
    )
  }
  const extracted = await extract(connection, statement.sql)
  if (extracted === undefined || extracted.count === 0) {
    throw new Failure('sql-syntax', 'There is no statement here.')
  }
  if (extracted.count > 1 && !isDynamicPivot(statement.sql)) {
    throw new Failure('sql-not-allowed', 'Only one statement runs at a time.', {
      hint: 'Put each statement into a cell of its own.',
    })
  }
  try {
    const prepared = await prepareLast(extracted)
    checkReads(prepared.statementType)
    if (prepared.statementType === StatementType.EXPLAIN) {
      await checkExplained(connection, statement.sql)
    }
    bind(prepared, statement.params)
    return prepared
  } catch (error) {
    throw await suggestColumns(connection, sqlFailure(error, statement.sql), statement.sql)
  }
}

/** Whether DuckDB makes several statements of this one: a PIVOT that finds its columns in the data. */
export function isDynamicPivot(sql: string): boolean {
  return /\bpivot(_wider)?\b/i.test(sql) && countStatements(sql) === 1
}

/** Counts statements by the semicolons between them that are part of no string, name or comment. */
export function countStatements(sql: string): number {
  const token =
    /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$([A-Za-z_]*)\$[\s\S]*?(?:\$\1\$|$)|;|[^\s;]/g
  let count = 0
  let isInside = false
  for (const [part] of sql.matchAll(token)) {
    if (part.startsWith('--') || part.startsWith('/*')) continue
    if (part === ';') isInside = false
    else if (!isInside) {
      isInside = true
      count++
    }
  }
  return count
}

async function extract(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBExtractedStatements | undefined> {
  try {
    return await connection.extractStatements(sql)
  } catch (error) {
    if (countStatements(sql) === 0) return undefined
    throw sqlFailure(error, sql)
  }
}

/** A dynamic PIVOT first makes the types of its columns; the caller's transaction forgets them. */
async function prepareLast(extracted: DuckDBExtractedStatements): Promise<DuckDBPreparedStatement> {
  const { count } = extracted
  let prepared = await extracted.prepare(0)
  for (let index = 1; index < count && prepared.statementType !== StatementType.SELECT; index++) {
    if (prepared.statementType !== StatementType.CREATE) checkReads(prepared.statementType)
    await prepared.run()
    prepared = await extracted.prepare(index)
  }
  return prepared
}

/** DuckDB runs what EXPLAIN ANALYZE explains, and a transaction that only reads does not keep it from writing files. */
async function checkExplained(connection: DuckDBConnection, sql: string): Promise<void> {
  const explained = explainedSql(sql)
  if (explained === undefined) {
    throw new Failure('sql-not-allowed', 'EXPLAIN has to stand at the beginning.')
  }
  const extracted = await connection.extractStatements(explained)
  if (extracted.count > 1 && !isDynamicPivot(explained)) {
    throw new Failure('sql-not-allowed', 'EXPLAIN explains one statement.')
  }
  const { statementType } = await prepareLast(extracted)
  if (statementType === StatementType.EXPLAIN) {
    throw new Failure('sql-not-allowed', 'EXPLAIN does not explain another EXPLAIN.')
  }
  checkReads(statementType)
}

function checkReads(type: StatementType): void {
  if (type === StatementType.SELECT || type === StatementType.EXPLAIN) return
  const name = StatementType[type]?.toLowerCase().replaceAll('_', ' ') ?? 'this'
  throw new Failure(
    'sql-not-allowed',
    `A cell can only read: ${name} statements are not allowed.`,
    {
      hint: 'Begin with SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, PIVOT or EXPLAIN.',
    },
  )
}

function bind(
  prepared: DuckDBPreparedStatement,
  params: Readonly<Record<string, ParameterValue>>,
): void {
  const missing: string[] = []
  for (let index = 1; index <= prepared.parameterCount; index++) {
    const name = prepared.parameterName(index)
    const value = params[name]
    if (value === undefined) missing.push(`$${name}`)
    else prepared.bindValue(index, duckDbValue(value))
  }
  if (missing.length === 0) return
  throw new Failure('sql-parameter', `${missing.join(', ')} has no value.`, {
    hint: 'Give every parameter of the statement a value.',
  })
}

export function duckDbValue(value: ParameterValue): DuckDBValue {
  if (Array.isArray(value)) return listValue(value.map(item => duckDbValue(item)))
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return value as DuckDBValue
}
