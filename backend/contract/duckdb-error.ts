import { type ProblemCode, problems } from '../base/problems.ts'
import type { Position, Problem } from './problem.ts'

/** An error of DuckDB in the terms of problems, with the place in the statement that it points at. */
export interface DuckDbProblem {
  readonly code: ProblemCode
  readonly detail: string
  readonly hint: string | undefined
  /** Names that DuckDB would have taken in place of the one that it does not know. */
  readonly candidates: readonly string[]
  readonly position: Position | undefined
}

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

const namesShownMax = 3
/** Of a column or table, in a message as it is or within JSON. */
const unknownName = /Referenced (?:column|table) .*? not found|does not have a column named/

/** Reads the text of an error that the statement `sql` came to. */
export function readDuckDbError(text: string, sql: string): DuckDbProblem {
  const parsed = parseError(text)
  const { type, message } = duckDbErrorOf(text)
  const code = codeOf(type, parsed, text)
  const candidates = candidatesOf(parsed, message)
  return {
    code,
    detail: firstPart(message),
    hint: hintOf(code, candidates),
    candidates,
    position: parsed.position === undefined ? undefined : placeIn(sql, Number(parsed.position)),
  }
}

/** The kind of an error, as DuckDB names it or empty, and what it says. */
export function duckDbErrorOf(text: string): { type: string; message: string } {
  const parsed = parseError(text)
  const type = parsed.exception_type ?? /^(?:\w+: )?([A-Za-z ]+) Error:/.exec(text)?.[1] ?? ''
  return { type, message: parsed.exception_message ?? text }
}

/** The same as a problem document. */
export function problemOfDuckDb(text: string, sql: string): Problem {
  const { code, detail, hint, position } = readDuckDbError(text, sql)
  return {
    ...problems[code],
    type: `/docs/problems#${code}`,
    code,
    detail,
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { position }),
  }
}

function codeOf(type: string, parsed: DuckDbError, text: string): ProblemCode {
  if (parsed.error_subtype === 'COLUMN_NOT_FOUND') return 'sql-unknown-name'
  if (type === 'Binder' && unknownName.test(text)) return 'sql-unknown-name'
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

function hintOf(code: ProblemCode, candidates: readonly string[]): string | undefined {
  if (candidates.length > 0) return didYouMean(candidates)
  if (code === 'query-memory') {
    return 'Read fewer columns, filter earlier, or aggregate before you sort or join.'
  }
  return undefined
}

export function didYouMean(names: readonly string[]): string {
  const shown = names.slice(0, namesShownMax)
  return `Did you mean ${shown.map(name => `"${name}"`).join(' or ')}?`
}

/** Names that DuckDB would take; of what is missing after a dot or before one its message alone tells. */
function candidatesOf({ candidates }: DuckDbError, message: string): string[] {
  const [, list = ''] = /\nCandidate \w+:(.*)/.exec(message) ?? []
  const names =
    candidates?.split(',').map(name => name.trim()) ??
    Array.from(list.matchAll(/"((?:[^"]|"")*)"/g), ([, name = '']) => name)
  return names.filter(name => name !== '' && !isOfDuckDb(name))
}

/** Tables that DuckDB has of its own, which nobody means. */
function isOfDuckDb(name: string): boolean {
  return /^(pg|sqlite|duckdb)_|^information_schema/.test(name)
}

/** An error that was handed on holds the one that it began as. */
function parseError(text: string): DuckDbError {
  const start = text.indexOf('{"exception_type"')
  if (start < 0) return {}
  try {
    const error = JSON.parse(text.slice(start)) as DuckDbError
    const inner = parseError(error.exception_message ?? '')
    return inner.exception_type === undefined ? error : inner
  } catch {
    return {}
  }
}

/** The message without the excerpt and the suggestions that follow it. */
function firstPart(message: string): string {
  const [first = message] = message.split(/\n\n?LINE \d+:|\nCandidate |\nDid you mean/)
  return first
    .trim()
    .replace(/!$/, '.')
    .replace(/^Values list ("[^"]*") does not have a column named/, '$1 has no column named')
}

/** Turns a byte offset of the UTF-8 text into a place in the string, as long as the word there. */
export function placeIn(sql: string, byteOffset: number): Position {
  const bytes = new TextEncoder().encode(sql).subarray(0, byteOffset)
  return placeAt(sql, new TextDecoder().decode(bytes).length)
}

/** The place at an offset in UTF-16 units, as long as the word there. */
export function placeAt(sql: string, offset: number): Position {
  const before = sql.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - (before.lastIndexOf('\n') + 1) + 1
  const word = /^("[^"]*"|[\p{L}\p{N}_]+|\S)/u.exec(sql.slice(offset))
  return { offset, line, column, length: word?.[0].length ?? 0 }
}
