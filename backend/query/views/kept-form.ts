import type { DuckDBConnection } from '@duckdb/node-api'
import { isFailure } from '../../base/failure.ts'
import { identifier } from '../../base/sql.ts'
import { calledName, hasAggregate, isAggregate, type SqlFunctions } from '../sql-functions.ts'
import {
  columnNode,
  expressionSql,
  isColumn,
  type Node,
  nodesOf,
  parseStatement,
  rewritten,
  type SelectNode,
  sqlOf,
  tableSql,
} from '../syntax-tree.ts'
import { positionOf, withoutAliases } from './select-aliases.ts'
import { type FromParts, ViewFrom } from './view-from.ts'

/** A statement whose aggregates over streams are read from views that are kept current. */
export interface KeptForm {
  readonly sql: string
  readonly views: readonly FormView[]
  /** Whether it reads other tables as well, beside the aggregates or joined with a stream. */
  readonly readsMore: boolean
}

/** The aggregates of one SELECT of the statement, as a SELECT of their own. */
export interface FormView {
  readonly name: string
  readonly sql: string
}

export interface KeptFormParts extends FromParts {
  readonly functions: SqlFunctions
  /** The schema of the views. */
  readonly schema: string
  /** A name for another view. */
  newName(): string
}

/** Aggregates of which parts give another answer than rows do: an estimate by other means, any value among many. */
const unlike = ['approx_count_distinct', 'any_value']

/** Schemas of tables that can be joined: those of others change without a word. */
const joinedSchemas = ['', 'main', 'lake']

/** The SELECT cannot be read from a view. */
class Unkeepable extends Error {}

/**
 * Finds the SELECTs of a statement that aggregate a stream, wherever they stand in it, and puts a view of their groups and
 * aggregates in the place of their FROM. What comes after the aggregates (HAVING, windows, QUALIFY, ORDER BY, LIMIT) stays.
 * @returns undefined when there is no such SELECT; whether the views can be kept is for `planView` to say
 */
export async function keptFormOf(
  connection: DuckDBConnection,
  sql: string,
  parts: Omit<KeptFormParts, 'connection'>,
): Promise<KeptForm | undefined> {
  const tree = await parseStatement(connection, sql)
  const statements = (tree?.statements ?? []) as readonly { node: Node }[]
  const [statement] = statements
  if (statement === undefined || statements.length > 1) return undefined
  // Rows of HBase are brought to the statement as it is.
  const tables = [...nodesOf(statement.node)].filter(({ type }) => type === 'BASE_TABLE')
  if (tables.some(table => schemaOf(table) === 'hbase')) return undefined
  const hidden = namesOfCtes(statement.node)
  const views: FormView[] = []
  const others = new Map<Node, Node>()
  for (const node of nodesOf(statement.node)) {
    if (node.type !== 'SELECT_NODE') continue
    try {
      const select = node as SelectNode
      const from = await ViewFrom.of(select.from_table, sql, { ...parts, connection })
      const split = new SplitSelect(select, from, { ...parts, connection, hidden })
      const { view, outer } = await split.result()
      views.push(view)
      others.set(node, outer)
    } catch (error) {
      // A column of a statement around it, say, which DuckDB does not find there.
      if (!(error instanceof Unkeepable || isFailure(error) || isOfDuckDb(error))) throw error
    }
  }
  if (views.length === 0) return undefined
  const outer = rewritten(statement.node, node => others.get(node)) as Node
  return { sql: await sqlOf(connection, outer), views, readsMore: tables.length > views.length }
}

/** A SELECT in two: its groups with their aggregates, and what is made of those. */
class SplitSelect {
  readonly #select: SelectNode
  readonly #from: ViewFrom
  readonly #parts: KeptFormParts & { readonly hidden: ReadonlySet<string> }
  readonly #items: readonly Node[]
  /** What the columns of the view are, by what they say. */
  readonly #keys = new Map<string, { readonly name: string; readonly node: Node }>()
  readonly #aggregates = new Map<string, { readonly name: string; readonly node: Node }>()

  constructor(
    select: SelectNode,
    from: ViewFrom,
    parts: KeptFormParts & { readonly hidden: ReadonlySet<string> },
  ) {
    this.#select = select
    this.#from = from
    this.#parts = parts
    this.#items = select.select_list.map(item => this.#plain(item))
  }

  async result(): Promise<{ view: FormView; outer: Node }> {
    this.#check()
    for (const [n, node] of this.#groups().entries()) {
      const resolved = this.#from.resolved(node)
      if (!this.#keys.has(resolved)) this.#keys.set(resolved, { name: `millrace group ${n}`, node })
    }
    const name = this.#parts.newName()
    const outer = await this.#outer(name)
    return { view: { name, sql: await this.#inner() }, outer }
  }

  #check(): void {
    const {
      select_list: items,
      having,
      qualify,
      modifiers,
      sample,
      group_sets: sets,
    } = this.#select
    if (sample || sets.length > 1) throw new Unkeepable('another kind of SELECT')
    for (const node of nodesOf([items, having, qualify, modifiers])) {
      if (node.class === 'SUBQUERY') throw new Unkeepable('a subquery beside the aggregates')
    }
    for (const node of nodesOf([items, having, qualify])) {
      if (node.class === 'STAR') throw new Unkeepable('columns without a name')
      if (unlike.includes(calledName(node) ?? '')) throw new Unkeepable('not the same from parts')
    }
    const { stream, others } = this.#from
    for (const { name, node } of [stream, ...others]) {
      if (this.#parts.hidden.has(name)) throw new Unkeepable('the name of a WITH')
      if (!joinedSchemas.includes(schemaOf(node)))
        throw new Unkeepable('a table that changes by itself')
    }
  }

  /** What the rows are grouped by. */
  #groups(): Node[] {
    const { aggregate_handling: handling, group_expressions: groups } = this.#select
    if (handling === 'FORCE_AGGREGATES') {
      const plain = this.#items.filter(item => !hasAggregate(item, this.#parts.functions))
      if (plain.some(isWindowed)) throw new Unkeepable('a window among the groups')
      return plain.filter(item => [...nodesOf(item)].some(isColumn))
    }
    return groups.map(group => {
      const position = positionOf(group)
      const node = position === undefined ? this.#plain(group) : this.#items[position - 1]
      const isColumned = [...nodesOf(node)].some(isColumn)
      if (node === undefined || !isColumned) throw new Unkeepable('groups by no column')
      return node
    })
  }

  /** What is made of the view's rows. */
  async #outer(view: string): Promise<Node> {
    const { having, qualify, modifiers } = this.#select
    const names = await this.#names()
    const items = this.#items.map((item, n) => ({ ...this.#over(item), alias: names[n] }))
    return {
      ...this.#select,
      select_list: items,
      from_table: {
        ...this.#from.stream.node,
        schema_name: this.#parts.schema,
        table_name: view,
        alias: '',
      },
      where_clause: having && this.#over(this.#plain(having)),
      having: null,
      qualify: qualify && this.#over(this.#plain(qualify)),
      modifiers: modifiers.map(modifier => this.#modifier(modifier, names)),
      group_expressions: [],
      group_sets: [],
      aggregate_handling: 'STANDARD_HANDLING',
    }
  }

  /** ORDER BY and DISTINCT ON find names of the SELECT before those of columns. */
  #modifier(modifier: Node, names: readonly string[]): Node {
    const isName = (node: Node): boolean =>
      isColumn(node) && node.column_names.length === 1 && isAmong(node.column_names[0], names)
    const over = (node: Node): Node => {
      if (isName(node) || positionOf(node) !== undefined || node.class === 'STAR') return node
      const isUnclear = [...nodesOf(node)].some(each => isName(each) && this.#from.ownerOf(each))
      if (isUnclear) throw new Unkeepable('a name of the SELECT that is one of a column')
      return this.#over(this.#plain(node))
    }
    const { orders, distinct_on_targets: targets } = modifier as {
      orders?: (Node & { readonly expression: Node })[]
      distinct_on_targets?: Node[]
    }
    return {
      ...modifier,
      ...(orders && {
        orders: orders.map(order => ({ ...order, expression: over(order.expression) })),
      }),
      ...(targets && { distinct_on_targets: targets.map(over) }),
    }
  }

  /** The groups and all aggregates that were found. */
  async #inner(): Promise<string> {
    const { connection } = this.#parts
    const { where_clause: where, from_table: from } = this.#select
    const columns = [...this.#keys.values(), ...this.#aggregates.values()]
    const items: string[] = []
    for (const { name, node } of columns) {
      items.push(`${await expressionSql(connection, node)} AS ${identifier(name)}`)
    }
    const condition = where && (await expressionSql(connection, this.#plain(where)))
    const groups = [...this.#keys].map((_, n) => n + 1).join(', ')
    return [
      `SELECT ${items.join(', ')} FROM ${await tableSql(connection, from)}`,
      ...(condition ? [`WHERE ${condition}`] : []),
      ...(groups === '' ? [] : [`GROUP BY ${groups}`]),
    ].join(' ')
  }

  /** An expression over the view's columns. */
  #over(expression: Node): Node {
    return rewritten(expression, node => {
      if (node.class === undefined) return undefined
      if (node.class === 'LAMBDA') throw new Unkeepable('a lambda beside the aggregates')
      const resolved = this.#from.resolved(node)
      const key = this.#keys.get(resolved)
      if (key) return columnNode(key.name)
      if (isAggregate(node, this.#parts.functions)) {
        const known = this.#aggregates.get(resolved)
        const name = known?.name ?? `millrace aggregate ${this.#aggregates.size}`
        if (!known) this.#aggregates.set(resolved, { name, node })
        return columnNode(name)
      }
      if (isColumn(node)) throw new Unkeepable('a column that is no group')
      return undefined
    }) as Node
  }

  #plain(node: Node): Node {
    return withoutAliases(node, this.#select, this.#from)
  }

  /** What DuckDB calls the columns. */
  async #names(): Promise<string[]> {
    const { connection } = this.#parts
    const prepared = await connection.prepare(await sqlOf(connection, this.#select))
    return Array.from({ length: prepared.columnCount }, (_, n) => prepared.columnName(n))
  }
}

function namesOfCtes(tree: Node): Set<string> {
  const names = [...nodesOf(tree)].flatMap(({ cte_map: ctes }) => {
    const { map = [] } = (ctes ?? {}) as { map?: { key: string }[] }
    return map.map(({ key }) => key.toLowerCase())
  })
  return new Set(names)
}

function schemaOf(table: Node): string {
  return String(table.schema_name ?? '').toLowerCase()
}

function isWindowed(node: Node): boolean {
  return [...nodesOf(node)].some(each => each.class === 'WINDOW')
}

function isAmong(name: string | undefined, names: readonly string[]): boolean {
  return names.some(each => each.toLowerCase() === name?.toLowerCase())
}

function isOfDuckDb(error: unknown): boolean {
  return error instanceof Error && /exception_type|Error: /.test(error.message)
}
