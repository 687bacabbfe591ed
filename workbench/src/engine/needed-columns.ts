import { plainName } from '../editor/sql-scope.ts'
import { type SqlToken, tokenizeSql } from '../editor/sql-tokens.ts'

/** Words by which a statement reads columns that it does not name. */
const wholeWords = new Set(
  'SUMMARIZE DESCRIBE SHOW PIVOT UNPIVOT NATURAL TABLE COLUMNS POSITIONAL'.split(' '),
)

/**
 * Those of a table's columns that a statement may read: all where it does not say. At least one, because rows have to be
 * counted as well.
 */
export function neededColumns(
  sql: string,
  path: readonly string[],
  columns: readonly string[],
): readonly string[] {
  const tokens = tokenizeSql(sql).filter(({ kind }) => kind !== 'comment')
  if (readsWhole(tokens, path)) return columns
  const named = new Set(tokens.map(token => plainName(token).toLowerCase()))
  const needed = columns.filter(column => named.has(column.toLowerCase()))
  return needed.length > 0 ? needed : columns.slice(0, 1)
}

function readsWhole(tokens: readonly SqlToken[], path: readonly string[]): boolean {
  const words = tokens.map(token => token.text.toUpperCase())
  const count = (word: string): number => words.filter(each => each === word).length
  // FROM without SELECT reads all columns.
  if (count('FROM') > count('SELECT')) return true
  if (words.some(word => wholeWords.has(word))) return true
  if (tokens.some((token, i) => token.text === '*' && isStar(tokens, i))) return true
  const names = [path.at(-1) ?? '', ...aliasesOf(tokens, path)]
  return names.some(name => isReadAsRow(tokens, name))
}

/** Whether it means all columns, rather than a product or `count(*)`. */
function isStar(tokens: readonly SqlToken[], at: number): boolean {
  const [before, opened] = [tokens[at - 2], tokens[at - 1]]
  if (opened?.text === '(') return before?.text.toLowerCase() !== 'count'
  return opened === undefined || opened.kind === 'keyword' || [',', '.'].includes(opened.text)
}

/** What the statement calls the table. */
function aliasesOf(tokens: readonly SqlToken[], path: readonly string[]): string[] {
  const name = path.at(-1)?.toLowerCase()
  return tokens.flatMap((token, i) => {
    if (plainName(token).toLowerCase() !== name) return []
    const next = tokens[i + 1]?.text.toUpperCase() === 'AS' ? tokens[i + 2] : tokens[i + 1]
    return next && (next.kind === 'name' || next.kind === 'quoted') ? [plainName(next)] : []
  })
}

/** `SELECT e FROM events AS e`: more than once there, and not before a point. */
function isReadAsRow(tokens: readonly SqlToken[], name: string): boolean {
  const bare = tokens.filter((token, i) => {
    return plainName(token).toLowerCase() === name.toLowerCase() && tokens[i + 1]?.text !== '.'
  })
  return bare.length > 1
}
