import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { literal } from '../base/sql.ts'

/** A node of DuckDB's syntax tree, as `json_serialize_sql` gives it. */
export interface Node {
  readonly class?: string
  readonly type?: string
  readonly alias?: string
  readonly [member: string]: unknown
}

export interface SelectNode extends Node {
  readonly select_list: readonly Node[]
  readonly from_table: Node
  readonly where_clause: Node | null
  readonly group_expressions: readonly Node[]
  readonly group_sets: readonly (readonly number[])[]
  readonly modifiers: readonly Node[]
  readonly having: Node | null
  readonly qualify: Node | null
  readonly sample: Node | null
  readonly aggregate_handling: string
  readonly cte_map: { readonly map: readonly unknown[] }
}

export const emptySelect = {
  type: 'SELECT_NODE',
  modifiers: [],
  cte_map: { map: [] },
  from_table: { type: 'EMPTY' },
  group_expressions: [],
  group_sets: [],
  aggregate_handling: 'STANDARD_HANDLING',
}

/** The tree of any statement; undefined for what has none, such as an EXPLAIN or what cannot be parsed. */
export async function parseStatement(
  connection: DuckDBConnection,
  sql: string,
): Promise<Node | undefined> {
  const read = await connection.runAndReadAll(`SELECT json_serialize_sql(${literal(sql)})::VARCHAR`)
  const tree = parseExactly(String(read.getRowsJS()[0]?.[0])) as Node & { error: boolean }
  return tree.error ? undefined : tree
}

/** @throws Failure `sql-syntax`, or `sql-invalid` when it is not one SELECT */
export async function parseSelect(connection: DuckDBConnection, sql: string): Promise<SelectNode> {
  const read = await connection.runAndReadAll(`SELECT json_serialize_sql(${literal(sql)})::VARCHAR`)
  const tree = parseExactly(String(read.getRowsJS()[0]?.[0])) as {
    error: boolean
    error_message?: string
    statements?: { node: Node }[]
  }
  const [statement, ...more] = tree.statements ?? []
  if (statement === undefined) {
    throw new Failure('sql-syntax', tree.error_message ?? 'There is no SELECT here.')
  }
  if (more.length > 0 || statement.node.type !== 'SELECT_NODE') {
    throw new Failure('sql-invalid', 'A live view is one SELECT, without UNION or the like.')
  }
  return statement.node as SelectNode
}

/** An expression as SQL again, without its alias. */
export async function expressionSql(connection: DuckDBConnection, node: Node): Promise<string> {
  const select = { ...emptySelect, select_list: [{ ...node, alias: '' }] }
  return (await sqlOf(connection, select)).slice('SELECT '.length)
}

/** What stands in FROM as SQL again. */
export async function tableSql(connection: DuckDBConnection, node: Node): Promise<string> {
  const star = {
    class: 'STAR',
    type: 'STAR',
    relation_name: '',
    exclude_list: [],
    replace_list: [],
  }
  const select = { ...emptySelect, select_list: [star], from_table: node }
  return (await sqlOf(connection, select)).slice('SELECT * FROM '.length)
}

/** A whole SELECT as SQL again. */
export async function sqlOf(connection: DuckDBConnection, node: Node): Promise<string> {
  const tree = printExactly({ error: false, statements: [{ node }] })
  const read = await connection.runAndReadAll(`SELECT json_deserialize_sql(${literal(tree)})`)
  return String(read.getRowsJS()[0]?.[0])
}

const exactMark = 'millrace exact number '

/** JSON whose whole numbers beyond 2^53 stay as they are. */
function parseExactly(json: string): unknown {
  const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
  const marked = json.replace(token, text =>
    /^-?\d{16,}$/.test(text) ? `"${exactMark}${text}"` : text,
  )
  return JSON.parse(marked)
}

function printExactly(value: unknown): string {
  return JSON.stringify(value).replace(new RegExp(`"${exactMark}(-?\\d+)"`, 'g'), '$1')
}

/** The node and all below it. */
export function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Node
  for (const member of Object.values(value)) yield* nodesOf(member)
}

/** Names of all common table expressions in a tree, in lower case. */
export function cteNames(tree: Node): Set<string> {
  const names = [...nodesOf(tree)].flatMap(({ cte_map: ctes }) => {
    const { map = [] } = (ctes ?? {}) as { map?: { key: string }[] }
    return map.map(({ key }) => key.toLowerCase())
  })
  return new Set(names)
}

/** A copy in which `replace` has put something else in place of some nodes; what it put is not looked into. */
export function rewritten(value: unknown, replace: (node: Node) => Node | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(member => rewritten(member, replace))
  const other = replace(value as Node)
  if (other !== undefined) return other
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, rewritten(member, replace)]),
  )
}

/** Equal for expressions that say the same, wherever they stand and whatever they are called. */
export function fingerprint(node: Node): string {
  return JSON.stringify({ ...node, alias: '' }, (key, value) =>
    key === 'query_location' ? undefined : value,
  )
}

export function isColumn(node: Node): node is Node & { readonly column_names: readonly string[] } {
  return node.class === 'COLUMN_REF'
}

/** The schema of a table in small letters; empty for the one that need not be named. */
export function schemaOf(table: Node): string {
  const schema = String(table.schema_name ?? '').toLowerCase()
  return schema === 'main' ? '' : schema
}

export function columnNode(...names: readonly string[]): Node {
  return { class: 'COLUMN_REF', type: 'COLUMN_REF', alias: '', column_names: names }
}

/** Names of all columns, and of what is used as a whole, that a statement names; undefined when it takes all. */
export function columnsIn(nodes: readonly Node[]): Set<string> | undefined {
  const names = new Set<string>()
  for (const node of nodes) {
    if (node.class === 'STAR') return undefined
    if (node.type === 'JOIN' && node.ref_type === 'NATURAL') return undefined
    if (node.type === 'SHOW_REF' || node.type === 'PIVOT') return undefined
    const renamed = (node.column_name_alias ?? []) as string[]
    if (node.class === 'POSITIONAL_REFERENCE' || renamed.length > 0) return undefined
    if (isColumn(node)) for (const name of node.column_names) names.add(name.toLowerCase())
    for (const name of (node.using_columns ?? []) as string[]) names.add(name.toLowerCase())
  }
  return names
}

/** Names of the parameters in an expression. */
export function parametersIn(expression: Node): string[] {
  return [...nodesOf(expression)].flatMap(node =>
    node.type === 'VALUE_PARAMETER' ? [String(node.identifier)] : [],
  )
}
