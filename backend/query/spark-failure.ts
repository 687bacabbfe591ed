import { type ServiceError, status } from '@grpc/grpc-js'
import { Failure, messageOf } from '../base/failure.ts'
import type { ProblemCode } from '../base/problems.ts'
import { placeAt as placeInStatement } from '../contract/duckdb-error.ts'
import type { Position } from '../contract/problem.ts'

/** What names that do not exist are called in SQL's own codes: columns, tables, functions, schemas. */
const unknownNames = ['42703', '42P01', '42883', '42704']

/**
 * Translates what Spark says of a statement.
 * @param linesBefore how many lines stand before the statement in what was sent; infinite for a translation of it
 */
export function sparkFailure(error: unknown, sql: string, linesBefore: number): Failure {
  if (error instanceof Failure) return error
  const text = (error as ServiceError).details ?? messageOf(error)
  if (isAway(error)) {
    return new Failure('engine-unavailable', `Spark does not answer: ${text}`, {
      hint: 'Start it, or run the statement on the server.',
      cause: error,
    })
  }
  const [, sqlState = ''] = /SQLSTATE: (\w{5})/.exec(text) ?? []
  const [, line, column] = /line (\d+),? pos (\d+)/.exec(text) ?? []
  const isTranslated = linesBefore === Number.POSITIVE_INFINITY
  const position = isTranslated
    ? placeOfName(sql, text)
    : line === undefined
      ? undefined
      : placeAt(sql, Number(line) - linesBefore, Number(column))
  return new Failure(codeOf(sqlState, text), plain(text), {
    hint: isElsewhere(text)
      ? 'Live views and tables of HBase are read on the server: choose it for this cell.'
      : 'Spark reads some of SQL otherwise than DuckDB: docs/engines.md says where.',
    extra: { ...(position ? { position } : {}), sqlState },
    cause: error,
  })
}

/** The server is not there, or was not there for some of the time. */
export function isAway(error: unknown): boolean {
  return (error as ServiceError).code === status.UNAVAILABLE
}

/** The server has restarted, or has let the session go. */
export function isSessionLost(error: unknown): boolean {
  return /INVALID_HANDLE\.SESSION_/.test(messageOf(error))
}

function codeOf(sqlState: string, text: string): ProblemCode {
  if (/OPERATION_CANCELED|cancelled/i.test(text)) return 'query-cancelled'
  if (sqlState === '42601') return 'sql-syntax'
  if (unknownNames.includes(sqlState)) return 'sql-unknown-name'
  if (sqlState.startsWith('42')) return 'sql-invalid'
  return 'sql-runtime'
}

/** Whether the name that Spark does not know is that of a live view or a table of HBase. */
function isElsewhere(text: string): boolean {
  return /TABLE_OR_VIEW_NOT_FOUND.*?`(live|hbase)`\.`/s.test(text)
}

/** The message without Spark's error class, codes, and the plan that follows. */
function plain(text: string): string {
  const [first = text] = text.split(/ ?SQLSTATE:|\n\n?== SQL|;\n'|;\n/)
  return first.replace(/^(\(\S+\) )?\[[A-Z_.]+\]\s*/, '').trim()
}

/** Where the name stands that Spark does not know. */
function placeOfName(sql: string, text: string): Position | undefined {
  const [, path = ''] =
    /with name ((?:`[^`]*`\.?)+)|table or view ((?:`[^`]*`\.?)+)/i.exec(text) ?? []
  const name = path.split('.').at(-1)?.replaceAll('`', '') ?? ''
  const offset = name === '' ? -1 : sql.toLowerCase().indexOf(name.toLowerCase())
  return offset < 0 ? undefined : { ...placeInStatement(sql, offset), length: name.length }
}

/** @param line from 1, @param column from 0: as Spark counts */
function placeAt(sql: string, line: number, column: number): Position | undefined {
  const lines = sql.split('\n')
  if (line < 1 || line > lines.length) return undefined
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0)
  const offset = before + column
  const word = /^("[^"]*"|`[^`]*`|[\p{L}\p{N}_]+|\S)/u.exec(sql.slice(offset))
  return { offset, line, column: column + 1, length: word?.[0].length ?? 0 }
}
