import { placeAt } from '../../../backend/contract/duckdb-error.ts'
import type { Position } from '../../../backend/contract/problem.ts'
import { quotedName } from '../editor/sql-catalog.ts'
import { type SqlToken, tokenizeSql } from '../editor/sql-tokens.ts'
import { withoutSemicolon } from './statement-text.ts'

export interface NamedStatement {
  readonly name: string
  readonly sql: string
}

/** A statement with the statements of the cells that it reads before it, as one. */
export interface InlinedStatement {
  readonly sql: string
  /** A place in `sql` as one in the statement, or in one of those cells. */
  placeOf(position: Position): { readonly cell: string | null; readonly position: Position }
}

interface Part {
  readonly start: number
  readonly cell: NamedStatement
}

const prefixWords = new Set(['EXPLAIN', 'ANALYZE', 'SUMMARIZE', 'DESCRIBE'])

/** Puts cells before a statement as common tables: each after those that it reads. */
export function inlineCells(sql: string, cells: readonly NamedStatement[]): InlinedStatement {
  const tokens = tokenizeSql(sql).filter(({ kind }) => kind !== 'comment')
  const prefix = tokens.findIndex(token => !prefixWords.has(word(token)))
  const first = tokens[prefix]
  const hasWith = word(first) === 'WITH'
  const isRecursive = hasWith && tokens[prefix + 1]?.text.toUpperCase() === 'RECURSIVE'
  const at = hasWith ? (tokens[prefix + Number(isRecursive)]?.end ?? 0) : (first?.start ?? 0)
  const parts: Part[] = []
  let inserted = hasWith ? ' ' : 'WITH '
  for (const cell of cells) {
    inserted += `${parts.length > 0 ? ', ' : ''}${quotedName(cell.name)} AS (\n`
    parts.push({ start: at + inserted.length, cell })
    inserted += `${withoutSemicolon(cell.sql)}\n)`
  }
  inserted += hasWith ? ',' : isBareName(tokens, prefix) ? ' FROM ' : ' '
  return {
    sql: sql.slice(0, at) + inserted + sql.slice(at),
    placeOf({ offset }) {
      if (offset < at) return { cell: null, position: placeAt(sql, offset) }
      const own = offset - inserted.length
      if (own >= at) return { cell: null, position: placeAt(sql, own) }
      const part = parts.findLast(({ start }) => start <= offset)
      if (part === undefined) return { cell: null, position: placeAt(sql, at) }
      const { cell, start } = part
      return { cell: cell.name, position: placeAt(cell.sql, offset - start) }
    },
  }
}

/** A statement that reads no cells. */
export function asItIs(sql: string): InlinedStatement {
  return { sql, placeOf: position => ({ cell: null, position }) }
}

/** `SUMMARIZE funnel`: what follows is a table, and no query. */
function isBareName(tokens: readonly SqlToken[], at: number): boolean {
  const kind = tokens[at]?.kind
  return at > 0 && (kind === 'name' || kind === 'quoted')
}

function word(token: SqlToken | undefined): string {
  return token?.kind === 'string' || token?.kind === 'quoted'
    ? ''
    : (token?.text.toUpperCase() ?? '')
}
