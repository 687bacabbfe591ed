import { Failure } from '../base/failure.ts'
import type { ParameterValue } from '../contract/query.ts'
import type { Statement } from './query-engine.ts'
import type { SparkRelation } from './spark-proto.ts'

/** Lines before the statement in what Spark is sent. */
export const linesBefore = 1

/**
 * The statement as a part of a larger one, so that nothing but a query can stand there: Spark carries out commands that
 * stand alone. Parameters stand in it as literals: Spark 4.2 binds none in a query that is a relation.
 * @throws Failure `sql-parameter` when one has no value
 */
export function statementRelation({ sql, params }: Statement): SparkRelation {
  const inner = withLiterals(sql.trim().replace(/;\s*$/, ''), params)
  return { sql: { query: `SELECT * FROM (\n${inner}\n)` } }
}

/** Strings, quoted names and comments stay as they are. */
function withLiterals(sql: string, params: Statement['params']): string {
  const token = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w+)/g
  return sql.replace(token, (text, name?: string) => {
    if (name === undefined) return text
    const value = params[name]
    if (value !== undefined) return literalOf(value)
    throw new Failure('sql-parameter', `The parameter ${name} has no value.`)
  })
}

function literalOf(value: ParameterValue): string {
  if (value === null) return 'NULL'
  if (Array.isArray(value)) return `array(${value.map(literalOf).join(', ')})`
  if (typeof value !== 'string') return String(value)
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
