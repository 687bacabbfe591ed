import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure } from '../../base/failure.ts'
import { placeIn } from '../sql-failure.ts'
import { mergeableNames } from './mergeable.ts'
import {
  isColumn,
  isSameExpression,
  type Node,
  nodesOf,
  rewritten,
  type SelectNode,
  tableSql,
} from './syntax-tree.ts'

export interface ShapeParts {
  readonly connection: DuckDBConnection
  /** Stream → its columns. */
  readonly streams: ReadonlyMap<string, readonly string[]>
}

interface Table {
  readonly node: Node
  readonly name: string
  readonly alias: string
  readonly columns: ReadonlySet<string>
}

/** What a SELECT is made of, as far as a live view has to know: which columns are the stream's, and what is aggregated. */
export class ViewShape {
  readonly stream: string
  readonly alias: string
  readonly dimensions: readonly string[]
  /** What stands in the SELECT, without names for one another. */
  readonly items: readonly Node[]
  /** Which of them the rows are grouped by. */
  readonly keyPositions: readonly number[]
  /** Columns of the stream that are needed when the other tables are joined. */
  readonly joinedColumns: readonly string[]
  /** Conditions on the stream alone. */
  readonly ownConditions: readonly Node[]
  /** Conditions on other tables as well. */
  readonly conditions: readonly Node[]
  readonly #sql: string
  readonly #select: SelectNode
  readonly #own: Table
  readonly #others: readonly Table[]
  readonly #functions: Functions

  static async of(select: SelectNode, sql: string, parts: ShapeParts): Promise<ViewShape> {
    refuseExtras(select, sql)
    const { connection, streams } = parts
    const [first, ...others] = leavesOf(select.from_table, sql)
    const stream = nameOf(first)
    const columns = streams.get(stream)
    if (first?.type !== 'BASE_TABLE' || schemaOf(first) !== '' || columns === undefined) {
      const known = [...streams.keys()].join(', ')
      throw refusal(`A live view begins FROM a stream: ${known}.`, sql, first)
    }
    const own = {
      node: first,
      name: stream,
      alias: first.alias || stream,
      columns: lowered(columns),
    }
    const tables: Table[] = []
    for (const node of others) tables.push(await tableOf(connection, node, { sql, stream }))
    return new ViewShape(select, sql, {
      own,
      others: tables,
      functions: await functionsOf(connection),
    })
  }

  private constructor(
    select: SelectNode,
    sql: string,
    { own, others, functions }: { own: Table; others: readonly Table[]; functions: Functions },
  ) {
    this.#select = select
    this.#sql = sql
    this.#own = own
    this.#others = others
    this.#functions = functions
    this.stream = own.name
    this.alias = own.alias
    this.dimensions = others.map(({ name }) => name)
    this.items = select.select_list.map(item => this.#withoutAliases(item))
    const where = select.where_clause && this.#withoutAliases(select.where_clause)
    for (const node of [...this.items, where]) this.#refuseUnsteady(node)
    this.keyPositions = this.#keyPositions()
    const conditions = where ? conjunctsOf(where) : []
    this.ownConditions = conditions.filter(each => this.isOwn(each))
    this.conditions = conditions.filter(each => !this.isOwn(each))
    this.joinedColumns = this.#joinedColumns()
  }

  isAggregate(node: Node): boolean {
    return node.class === 'FUNCTION' && this.#functions.aggregates.has(functionName(node))
  }

  hasAggregate(node: Node): boolean {
    return [...nodesOf(node)].some(each => this.isAggregate(each))
  }

  isInAggregate(item: Node, node: Node): boolean {
    const aggregates = [...nodesOf(item)].filter(each => this.isAggregate(each))
    return aggregates.some(each => [...nodesOf(each)].includes(node))
  }

  /** Whether it depends on no other table. */
  isOwn(node: Node): boolean {
    return [...nodesOf(node)].every(each => !isColumn(each) || this.ownColumn(each) !== undefined)
  }

  /** The column of the stream that a node names, if it does. */
  ownColumn(node: Node): string | undefined {
    if (!isColumn(node)) return undefined
    const [first = '', second] = node.column_names
    if (second !== undefined && isName(first, this.alias)) return second
    const isOther = this.#others.some(({ alias, columns }) => {
      return (second !== undefined && isName(first, alias)) || columns.has(first.toLowerCase())
    })
    const isShared = this.#usingColumns().has(first.toLowerCase())
    if (isOther && !isShared) return undefined
    return this.#own.columns.has(first.toLowerCase()) ? first : undefined
  }

  /** @throws Failure when the aggregate cannot be kept */
  checkAggregate(node: Node): void {
    const orders = (node.order_bys as { orders?: unknown[] } | null)?.orders ?? []
    if (node.distinct === true) {
      throw refusal(
        `${functionName(node)}(DISTINCT …) cannot be merged; approx_count_distinct(…) can.`,
        this.#sql,
        node,
      )
    }
    if (orders.length > 0) {
      throw refusal('An aggregate with ORDER BY cannot be merged; arg_max(…) can.', this.#sql, node)
    }
    if (!this.isOwn(node)) {
      throw refusal(`Only columns of ${this.stream} can be aggregated.`, this.#sql, node)
    }
  }

  notMergeable(node: Node): Failure {
    const reason = `${functionName(node)} cannot be put together from parts.`
    return refusal(reason, this.#sql, node, `What can: ${mergeableNames.join(', ')}.`)
  }

  withoutTime(): Failure {
    return refusal(
      'A retention goes by a time, and none stands among the keys.',
      this.#sql,
      undefined,
      'Group by one, such as time_bucket(INTERVAL 1 MINUTE, event_time).',
    )
  }

  /** FROM with another table in the place of the stream. */
  fromWith(table: string): Node {
    const { node: own } = this.#own
    return rewritten(this.#select.from_table, node =>
      node === own ? { ...own, table_name: table, alias: this.alias } : undefined,
    ) as Node
  }

  #keyPositions(): number[] {
    const {
      group_expressions: groups,
      group_sets: sets,
      aggregate_handling: handling,
    } = this.#select
    const isKey = this.items.map(item => !this.hasAggregate(item))
    const keys = isKey.flatMap((is, position) => (is ? [position] : []))
    if (!isKey.includes(false)) {
      throw refusal('A live view aggregates: there is no aggregate in its SELECT.', this.#sql)
    }
    for (const [position, item] of this.items.entries()) {
      if (isKey[position]) continue
      const bare = [...nodesOf(item)].find(
        node => isColumn(node) && !this.isInAggregate(item, node),
      )
      if (bare) throw refusal('Make the key a column of its own.', this.#sql, bare)
    }
    if (handling === 'FORCE_AGGREGATES') return keys
    if (sets.length > 1) {
      throw refusal('Several groupings at once cannot be kept: make a view of each.', this.#sql)
    }
    for (const group of groups) {
      const resolved = this.#withoutAliases(group)
      const isSelected = this.items.some((item, position) => {
        return positionOf(group) === position + 1 || isSameExpression(item, resolved)
      })
      if (!isSelected) {
        throw refusal(
          'What a live view is grouped by has to stand in its SELECT.',
          this.#sql,
          group,
        )
      }
    }
    return keys
  }

  #joinedColumns(): string[] {
    const joins = [...nodesOf(this.#select.from_table)].filter(({ type }) => type === 'JOIN')
    const mixed = this.items.filter(item => !this.hasAggregate(item) && !this.isOwn(item))
    const nodes = [...joins.map(({ condition }) => condition), ...this.conditions, ...mixed]
    const named = [...nodesOf(nodes)].flatMap(node => this.ownColumn(node) ?? [])
    const using = [...this.#usingColumns()].filter(name => this.#own.columns.has(name))
    return [...new Set([...named, ...using].map(name => name.toLowerCase()))]
  }

  #usingColumns(): Set<string> {
    const joins = [...nodesOf(this.#select.from_table)].filter(({ type }) => type === 'JOIN')
    return lowered(joins.flatMap(({ using_columns: names }) => (names ?? []) as string[]))
  }

  /** DuckDB lets an expression use the name that stands behind another one. */
  #withoutAliases(node: Node): Node {
    const named = new Map(
      this.#select.select_list.flatMap(item =>
        item.alias && item !== node ? [[item.alias.toLowerCase(), item] as const] : [],
      ),
    )
    const other = (each: Node): Node | undefined => {
      if (!isColumn(each) || each.column_names.length !== 1 || this.#isKnown(each)) return undefined
      const item = named.get(each.column_names[0]?.toLowerCase() ?? '')
      return item && (rewritten(item, inner => (inner === item ? undefined : other(inner))) as Node)
    }
    return rewritten(node, other) as Node
  }

  #isKnown(node: Node & { readonly column_names: readonly string[] }): boolean {
    const [name = ''] = node.column_names
    return [this.#own, ...this.#others].some(({ columns }) => columns.has(name.toLowerCase()))
  }

  /** What gives another answer at another time, or sees more than one row, cannot be kept. */
  #refuseUnsteady(value: unknown): void {
    for (const node of nodesOf(value)) {
      if (node.class === 'SUBQUERY') throw refusal('A subquery cannot be kept.', this.#sql, node)
      if (node.class === 'WINDOW') throw refusal('A window cannot be kept.', this.#sql, node)
      if (node.class === 'PARAMETER') {
        throw refusal('A live view has no parameters: filter where you read it.', this.#sql, node)
      }
      if (node.class === 'STAR') throw refusal('Name the columns instead of *.', this.#sql, node)
      const called = node.class === 'FUNCTION' ? functionName(node) : clockWord(node)
      if (called !== undefined && this.#functions.volatile.has(called) && !this.isAggregate(node)) {
        throw refusal(
          `${called} is another value at another time: filter by it where you read the view.`,
          this.#sql,
          node,
        )
      }
    }
  }
}

interface Functions {
  readonly aggregates: ReadonlySet<string>
  readonly volatile: ReadonlySet<string>
}

/** Keywords that DuckDB turns into functions of the clock only when it binds the statement. */
const clockWords = [
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
]

async function functionsOf(connection: DuckDBConnection): Promise<Functions> {
  const read = await connection.runAndReadAll(
    `SELECT DISTINCT function_name, function_type, stability FROM duckdb_functions()
     WHERE function_type = 'aggregate' OR stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
  )
  const rows = read.getRowsJS() as [string, string, string | null][]
  const names = (isWanted: (type: string) => boolean): string[] =>
    rows.filter(([, type]) => isWanted(type)).map(([name]) => name)
  return {
    aggregates: new Set([...names(type => type === 'aggregate'), 'count_star']),
    volatile: new Set([...names(type => type !== 'aggregate'), ...clockWords]),
  }
}

function refuseExtras(select: SelectNode, sql: string): void {
  const { modifiers, having, qualify, sample, cte_map: ctes } = select
  const where = 'where you read the view'
  if (ctes.map.length > 0) throw refusal('A live view cannot begin with WITH.', sql)
  if (having) throw refusal(`Put what HAVING asks for into WHERE ${where}.`, sql, having)
  if (qualify || sample) throw refusal(`Put QUALIFY and samples ${where}.`, sql)
  const [modifier] = modifiers
  if (modifier === undefined) return
  const name = String(modifier.type).replace('_MODIFIER', '').replace('ORDER', 'ORDER BY')
  throw refusal(`Put ${name} ${where}: a live view is kept as rows without an order.`, sql)
}

/** The tables of a tree of joins, from left to right. */
function leavesOf(from: Node, sql: string): Node[] {
  if (from.type !== 'JOIN') return [from]
  const { join_type: type, ref_type: kind } = from
  const isKept =
    ['INNER', 'LEFT'].includes(String(type)) && ['REGULAR', 'CROSS'].includes(String(kind))
  if (!isKept) {
    const name = kind === 'REGULAR' ? type : kind
    throw refusal(
      `A ${String(name).toLowerCase()} join cannot be kept: join or left join.`,
      sql,
      from,
    )
  }
  return [...leavesOf(from.left as Node, sql), ...leavesOf(from.right as Node, sql)]
}

async function tableOf(
  connection: DuckDBConnection,
  node: Node,
  { sql, stream }: { readonly sql: string; readonly stream: string },
): Promise<Table> {
  const name = nameOf(node)
  if (node.type !== 'BASE_TABLE' || schemaOf(node) === 'live') {
    throw refusal('Only streams and tables of the lake can be joined.', sql, node)
  }
  if (name === stream) throw refusal(`${stream} cannot be joined with itself.`, sql, node)
  const described = await connection.runAndReadAll(
    `DESCRIBE SELECT * FROM ${await tableSql(connection, node)}`,
  )
  const columns = lowered(described.getRowsJS().map(([column]) => String(column)))
  return { node, name, alias: node.alias || name, columns }
}

function conjunctsOf(node: Node): Node[] {
  if (node.type !== 'CONJUNCTION_AND') return [node]
  return (node.children as Node[]).flatMap(conjunctsOf)
}

function positionOf(node: Node): number | undefined {
  const { value } = (node.value ?? {}) as { value?: unknown }
  return node.class === 'CONSTANT' ? Number(value) : undefined
}

function clockWord(node: Node): string | undefined {
  if (!isColumn(node) || node.column_names.length !== 1) return undefined
  const [name = ''] = node.column_names
  return clockWords.includes(name.toLowerCase()) ? name.toLowerCase() : undefined
}

function functionName(node: Node): string {
  return String(node.function_name).toLowerCase()
}

function nameOf(node: Node | undefined): string {
  return String(node?.table_name ?? '').toLowerCase()
}

function schemaOf(node: Node): string {
  const schema = String(node.schema_name ?? '').toLowerCase()
  return schema === 'main' ? '' : schema
}

function isName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

function lowered(names: readonly string[]): Set<string> {
  return new Set(names.map(name => name.toLowerCase()))
}

function refusal(reason: string, sql: string, node?: Node, hint?: string): Failure {
  const place = node?.query_location
  const isPlaced = typeof place === 'number' && place >= 0 && place < sql.length
  return new Failure('view-not-mergeable', reason, {
    hint: hint ?? 'See docs/live-views.md for what a live view can be.',
    extra: isPlaced ? { position: placeIn(sql, place) } : {},
  })
}
