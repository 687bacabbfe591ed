import type { DuckDBConnection } from '@duckdb/node-api'
import { isFailure } from '../../base/failure.ts'
import {
  cteNames,
  type Node,
  nodesOf,
  parseStatement,
  rewritten,
  type SelectNode,
  schemaOf,
  sqlOf,
} from '../syntax-tree.ts'
import { type SplitParts, SplitSelect, type SplitView } from './split-select.ts'
import { ViewFrom } from './view-from.ts'

/** A statement whose aggregates over streams are read from views that are kept current. */
export interface KeptForm {
  readonly sql: string
  readonly views: readonly SplitView[]
  /** Whether it reads other tables as well, beside the aggregates or joined with a stream. */
  readonly readsMore: boolean
}

/**
 * Finds the SELECTs of a statement that aggregate a stream, wherever they stand in it, and puts a view of their groups and
 * aggregates in the place of their FROM. What comes after the aggregates (HAVING, windows, QUALIFY, ORDER BY, LIMIT) stays.
 * @returns undefined when there is no such SELECT; whether the views can be kept is for `planView` to say
 */
export async function keptFormOf(
  connection: DuckDBConnection,
  sql: string,
  parts: Omit<SplitParts, 'connection' | 'hidden'>,
): Promise<KeptForm | undefined> {
  const tree = await parseStatement(connection, sql)
  const statements = (tree?.statements ?? []) as readonly { node: Node }[]
  const [statement] = statements
  if (statement === undefined || statements.length > 1) return undefined
  // Rows of HBase are brought to the statement as it is.
  const tables = [...nodesOf(statement.node)].filter(({ type }) => type === 'BASE_TABLE')
  if (tables.some(table => schemaOf(table) === 'hbase')) return undefined
  const hidden = cteNames(statement.node)
  const views: SplitView[] = []
  const others = new Map<Node, Node>()
  for (const node of nodesOf(statement.node)) {
    if (node.type !== 'SELECT_NODE') continue
    try {
      const select = node as SelectNode
      const names = await namesOf(connection, select)
      if (names === undefined) continue
      const from = await ViewFrom.of(select.from_table, sql, { ...parts, connection })
      const split = new SplitSelect({ select, names, from, sql }, { ...parts, connection, hidden })
      const { view, outer } = await split.result()
      views.push(view)
      others.set(node, outer)
    } catch (error) {
      if (!isFailure(error, 'view-not-mergeable')) throw error
    }
  }
  if (views.length === 0) return undefined
  const outer = rewritten(statement.node, node => others.get(node)) as Node
  return { sql: await sqlOf(connection, outer), views, readsMore: tables.length > views.length }
}

/** What DuckDB calls the columns of a SELECT; undefined when it does not stand by itself, such as one inside another. */
async function namesOf(
  connection: DuckDBConnection,
  select: SelectNode,
): Promise<string[] | undefined> {
  const sql = await sqlOf(connection, select)
  const prepared = await connection.prepare(sql).catch(() => undefined)
  if (prepared === undefined) return undefined
  return Array.from({ length: prepared.columnCount }, (_, n) => prepared.columnName(n))
}
