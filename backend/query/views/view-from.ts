import type { DuckDBConnection } from '@duckdb/node-api'
import {
  columnNode,
  fingerprint,
  isColumn,
  type Node,
  nodesOf,
  rewritten,
  schemaOf,
  tableSql,
} from '../syntax-tree.ts'
import { refusal } from './view-refusal.ts'

export interface Table {
  readonly node: Node
  readonly name: string
  readonly alias: string
  /** In small letters. */
  readonly columns: ReadonlySet<string>
}

export interface ColumnPlace {
  readonly table: Table
  readonly column: string
  /** What is taken of its value, as `column.field.field`: fields of a STRUCT, members of JSON. */
  readonly fields: readonly string[]
}

export interface FromParts {
  readonly connection: DuckDBConnection
  /** Stream → its columns. */
  readonly streams: ReadonlyMap<string, readonly string[]>
}

/** What stands in FROM: the stream, and what is joined to it. */
export class ViewFrom {
  readonly stream: Table
  readonly others: readonly Table[]
  readonly joins: readonly Node[]
  readonly #node: Node
  readonly #usingColumns: ReadonlySet<string>

  static async of(node: Node, sql: string, parts: FromParts): Promise<ViewFrom> {
    const { connection, streams } = parts
    const [first, ...others] = leavesOf(node, sql)
    const name = nameOf(first)
    const columns = streams.get(name)
    if (first?.type !== 'BASE_TABLE' || schemaOf(first) !== '' || columns === undefined) {
      const known = [...streams.keys()].join(', ')
      throw refusal(`A live view begins FROM a stream: ${known}.`, sql, first)
    }
    for (const table of [first, ...others]) refuseChanged(table, sql)
    const stream = { node: first, name, alias: first.alias || name, columns: lowered(columns) }
    const tables: Table[] = []
    for (const other of others) tables.push(await tableOf(connection, other, { sql, stream: name }))
    return new ViewFrom(node, stream, tables)
  }

  private constructor(node: Node, stream: Table, others: readonly Table[]) {
    this.#node = node
    this.stream = stream
    this.others = others
    this.joins = [...nodesOf(node)].filter(({ type }) => type === 'JOIN')
    this.#usingColumns = lowered(
      this.joins.flatMap(({ using_columns: names }) => (names ?? []) as string[]),
    )
  }

  /** The table that a column belongs to, and its place there; undefined for what is no column of any. */
  ownerOf(node: Node): ColumnPlace | undefined {
    if (!isColumn(node)) return undefined
    const { column_names: names } = node
    const [first = '', second] = names.map(name => name.toLowerCase())
    const tables = [this.stream, ...this.others]
    const named = tables.find(({ alias }) => second !== undefined && alias.toLowerCase() === first)
    if (named && second !== undefined) {
      return { table: named, column: second, fields: names.slice(2) }
    }
    // A column by which is joined is the stream's as well: it stands first.
    const table = tables.find(({ columns }) => columns.has(first))
    return table && { table, column: first, fields: names.slice(1) }
  }

  /** What an expression says, however its columns are written. */
  resolved(node: Node): string {
    const resolve = (each: Node): Node | undefined => {
      const owner = this.ownerOf(each)
      return owner && columnNode(owner.table.alias, owner.column, ...owner.fields)
    }
    return fingerprint(rewritten(node, resolve) as Node)
  }

  /** Columns of the stream that stand in USING. */
  get joinedColumns(): string[] {
    return [...this.#usingColumns].filter(name => this.stream.columns.has(name))
  }

  /** FROM with another table in the place of the stream. */
  with(table: string): Node {
    const { node: own, alias } = this.stream
    return rewritten(this.#node, node =>
      node === own ? { ...own, table_name: table, alias } : undefined,
    ) as Node
  }
}

/** The tables of a tree of joins, from left to right. */
function leavesOf(from: Node, sql: string): Node[] {
  if (from.type !== 'JOIN') return [from]
  const { join_type: type, ref_type: kind } = from
  const isKept =
    ['INNER', 'LEFT'].includes(String(type)) && ['REGULAR', 'CROSS'].includes(String(kind))
  if (!isKept) {
    const name = String(kind === 'REGULAR' ? type : kind).toLowerCase()
    throw refusal(`A ${name} join cannot be kept: join or left join.`, sql, from)
  }
  return [...leavesOf(from.left as Node, sql), ...leavesOf(from.right as Node, sql)]
}

/** A sample would be one of parts, and names of columns are looked up by those that the table has. */
function refuseChanged(table: Node, sql: string): void {
  if (table.sample || table.at_clause) {
    throw refusal('A sample or a version of a table cannot be kept.', sql, table)
  }
  if ((table.column_name_alias as unknown[] | undefined)?.length) {
    throw refusal('Name the columns in the SELECT, not behind the table.', sql, table)
  }
}

async function tableOf(
  connection: DuckDBConnection,
  node: Node,
  { sql, stream }: { readonly sql: string; readonly stream: string },
): Promise<Table> {
  const name = nameOf(node)
  if (node.type !== 'BASE_TABLE' || ['live', 'kept'].includes(schemaOf(node))) {
    throw refusal('Only streams and tables of the lake can be joined.', sql, node)
  }
  if (name === stream) throw refusal(`${stream} cannot be joined with itself.`, sql, node)
  const described = await connection.runAndReadAll(
    `DESCRIBE SELECT * FROM ${await tableSql(connection, node)}`,
  )
  const columns = lowered(described.getRowsJS().map(([column]) => String(column)))
  return { node, name, alias: node.alias || name, columns }
}

function nameOf(node: Node | undefined): string {
  return String(node?.table_name ?? '').toLowerCase()
}

function lowered(names: readonly string[]): Set<string> {
  return new Set(names.map(name => name.toLowerCase()))
}
