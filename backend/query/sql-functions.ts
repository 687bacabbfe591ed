import type { DuckDBConnection } from '@duckdb/node-api'
import { isColumn, type Node, nodesOf } from './syntax-tree.ts'

/** What has to be known of DuckDB's functions, by their names. */
export interface SqlFunctions {
  readonly aggregates: ReadonlySet<string>
  /** Those that may give another value later, by the clock or by chance. */
  readonly volatile: ReadonlySet<string>
}

/** Keywords that DuckDB turns into functions of the clock only when it binds the statement. */
const clockKeywords = [
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
]

export async function readFunctions(connection: DuckDBConnection): Promise<SqlFunctions> {
  const read = await connection.runAndReadAll(
    `SELECT DISTINCT function_name, function_type = 'aggregate',
       coalesce(stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY'), false) FROM duckdb_functions()`,
  )
  const rows = read.getRowsJS() as [string, boolean, boolean][]
  return {
    aggregates: new Set([
      ...rows.flatMap(([name, isAggregate]) => (isAggregate ? [name] : [])),
      'count_star',
    ]),
    volatile: new Set([
      ...rows.flatMap(([name, _, isVolatile]) => (isVolatile ? [name] : [])),
      ...clockKeywords,
    ]),
  }
}

export function isAggregate(node: Node, { aggregates }: SqlFunctions): boolean {
  return node.class === 'FUNCTION' && aggregates.has(calledName(node) ?? '')
}

/** Whether there is one in an expression. */
export function hasAggregate(expression: Node, functions: SqlFunctions): boolean {
  return [...nodesOf(expression)].some(node => isAggregate(node, functions))
}

/** The function that a node calls, if it does. */
export function calledName(node: Node): string | undefined {
  if (node.type === 'FUNCTION') return String(node.function_name).toLowerCase()
  if (!isColumn(node) || node.column_names.length !== 1) return undefined
  const name = node.column_names[0]?.toLowerCase() ?? ''
  return clockKeywords.includes(name) ? name : undefined
}
