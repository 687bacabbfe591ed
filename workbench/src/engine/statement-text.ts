import { ProblemError } from '../api-client/problem-error.ts'
import { type SqlToken, tokenizeSql } from '../editor/sql-tokens.ts'

const readingWords = new Set(
  'SELECT FROM WITH VALUES PIVOT UNPIVOT DESCRIBE DESC SUMMARIZE SHOW EXPLAIN TABLE ('.split(' '),
)
const changingWords = new Set('INSERT UPDATE DELETE MERGE'.split(' '))

/** Without the semicolon that ends it. */
export function withoutSemicolon(sql: string): string {
  const end = codeTokens(sql).at(-1)
  return end?.text === ';' ? sql.slice(0, end.start) + sql.slice(end.end) : sql
}

/** @throws ProblemError when it is not one statement that only reads */
export function checkReads(sql: string): void {
  const tokens = codeTokens(withoutSemicolon(sql))
  const first = wordOf(tokens[0])
  if (first === '')
    throw refusal('There is no statement here.', 'Write one that begins with SELECT.')
  if (tokens.some(({ text }) => text === ';')) {
    throw refusal(
      'Only one statement runs at a time.',
      'Put each statement into a cell of its own.',
    )
  }
  const changing = first === 'WITH' ? tokens.find(isChange) : undefined
  if (readingWords.has(first) && changing === undefined) return
  const name = (wordOf(changing) || first).toLowerCase()
  throw refusal(
    `A cell can only read: ${name} statements are not allowed.`,
    'Begin with SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, PIVOT or EXPLAIN.',
  )
}

/** A word that changes something, after the common tables. */
function isChange(token: SqlToken, index: number, tokens: readonly SqlToken[]): boolean {
  return tokens[index - 1]?.text === ')' && changingWords.has(wordOf(token))
}

function codeTokens(sql: string): SqlToken[] {
  return tokenizeSql(sql).filter(({ kind }) => kind !== 'comment')
}

function wordOf(token: SqlToken | undefined): string {
  return token && token.kind !== 'string' && token.kind !== 'quoted' ? token.text.toUpperCase() : ''
}

function refusal(detail: string, hint: string): ProblemError {
  return new ProblemError({
    type: '/docs/problems#sql-not-allowed',
    title: 'The statement is not allowed',
    status: 403,
    code: 'sql-not-allowed',
    detail,
    hint,
    retryable: false,
  })
}
