import { Failure, messageOf } from '../base/failure.ts'
import type { ProblemCode } from '../base/problems.ts'
import type { Position } from '../contract/problem.ts'

/** What DuckDB says of an error when `errors_as_json` is set. */
interface DuckDbError {
  readonly exception_type?: string
  readonly exception_message?: string
  readonly error_subtype?: string
  readonly position?: string
  readonly candidates?: string
  readonly name?: string
}

const codes: Readonly<Record<string, ProblemCode>> = {
  Parser: 'sql-syntax',
  Syntax: 'sql-syntax',
  Binder: 'sql-invalid',
  Catalog: 'sql-unknown-name',
  'Out of Memory': 'query-memory',
  INTERRUPT: 'query-cancelled',
  Interrupt: 'query-cancelled',
  Permission: 'sql-not-allowed',
}

/** Translates an error of DuckDB into the failure that names it, with the place it points at in `sql`. */
export function sqlFailure(error: unknown, sql: string): Failure {
  if (error instanceof Failure) return error
  const text = messageOf(error)
  const parsed = parseError(text)
  const type = parsed.exception_type ?? /^(?:\w+: )?([A-Za-z ]+) Error:/.exec(text)?.[1] ?? ''
  const detail = firstPart(parsed.exception_message ?? text)
  const code = codeOf(type, parsed, text)
  const position = parsed.position === undefined ? undefined : placeIn(sql, Number(parsed.position))
  return new Failure(code, detail, {
    hint: hintOf(code, parsed),
    extra: position ? { position } : {},
    cause: error,
  })
}

function codeOf(type: string, parsed: DuckDbError, text: string): ProblemCode {
  if (parsed.error_subtype === 'COLUMN_NOT_FOUND') return 'sql-unknown-name'
  if (/Values were not provided for the following prepared statement parameters/i.test(text)) {
    return 'sql-parameter'
  }
  if (
    /read-only mode|file system operations are disabled|configuration has been locked/.test(text)
  ) {
    return 'sql-not-allowed'
  }
  return codes[type] ?? 'sql-runtime'
}

function hintOf(code: ProblemCode, parsed: DuckDbError): string | undefined {
  const candidates = (parsed.candidates ?? '').split(',').map(name => name.trim())
  const shown = candidates.filter(name => name !== '' && !name.startsWith('pg_')).slice(0, 3)
  if (shown.length > 0) return `Did you mean ${shown.map(name => `"${name}"`).join(' or ')}?`
  if (code === 'query-memory') {
    return 'Read fewer columns, filter earlier, or aggregate before you sort or join.'
  }
  return undefined
}

function parseError(text: string): DuckDbError {
  const start = text.indexOf('{"exception_type"')
  if (start < 0) return {}
  try {
    return JSON.parse(text.slice(start)) as DuckDbError
  } catch {
    return {}
  }
}

/** The message without the excerpt and the suggestions that follow it. */
function firstPart(message: string): string {
  const [first = message] = message.split(/\n\n?LINE \d+:|\nCandidate |\nDid you mean/)
  return first.trim().replace(/!$/, '.')
}

/** Turns a byte offset of the UTF-8 text into a place in the string, as long as the word there. */
export function placeIn(sql: string, byteOffset: number): Position {
  const offset = Buffer.from(sql).subarray(0, byteOffset).toString('utf8').length
  const before = sql.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - (before.lastIndexOf('\n') + 1) + 1
  const word = /^("[^"]*"|[\p{L}\p{N}_]+|\S)/u.exec(sql.slice(offset))
  return { offset, line, column, length: word?.[0].length ?? 0 }
}
