import type { Failure } from '../../base/failure.ts'
import { identifier } from '../../base/sql.ts'
import { calledName, hasAggregate, isAggregate, type SqlFunctions } from '../sql-functions.ts'
import {
  columnNode,
  expressionSql,
  isColumn,
  type Node,
  nodesOf,
  rewritten,
  type SelectNode,
  schemaOf,
  tableSql,
} from '../syntax-tree.ts'
import { positionOf, withoutAliases } from './select-aliases.ts'
import type { FromParts, ViewFrom } from './view-from.ts'
import { refusal } from './view-refusal.ts'

/** The groups and aggregates of a SELECT, as a SELECT of their own. */
export interface SplitView {
  readonly name: string
  readonly sql: string
}

interface SelectParts {
  readonly select: SelectNode
  readonly names: readonly string[]
  readonly from: ViewFrom
  /** The whole statement. */
  readonly sql: string
}

export interface SplitParts extends FromParts {
  readonly functions: SqlFunctions
  /** The schema of the views. */
  readonly schema: string
  /** A name for another view. */
  newName(): string
  /** Names of WITHs: a table of such a name is not the stream. */
  readonly hidden: ReadonlySet<string>
}

/** Aggregates of which parts give another answer than rows do: an estimate by other means, any value among many. */
const unlike = ['approx_count_distinct', 'any_value']

/** Schemas of tables that can be joined: those of others change without a word. */
const joinedSchemas = ['', 'lake']

/** A SELECT in two: its groups with their aggregates, and what is made of those. */
export class SplitSelect {
  readonly #select: SelectNode
  /** What DuckDB calls its columns. */
  readonly #names: readonly string[]
  readonly #from: ViewFrom
  readonly #sql: string
  readonly #parts: SplitParts
  readonly #items: readonly Node[]
  /** What the columns of the view are, by what they say. */
  readonly #keys = new Map<string, { readonly name: string; readonly node: Node }>()
  readonly #aggregates = new Map<string, { readonly name: string; readonly node: Node }>()

  constructor({ select, names, from, sql }: SelectParts, parts: SplitParts) {
    this.#select = select
    this.#names = names
    this.#from = from
    this.#sql = sql
    this.#parts = parts
    this.#items = select.select_list.map(item => this.#plain(item))
  }

  /** @throws Failure `view-not-mergeable` when it cannot be split */
  async result(): Promise<{ view: SplitView; outer: Node }> {
    this.#check()
    for (const [n, node] of this.#groups().entries()) {
      const resolved = this.#from.resolved(node)
      if (!this.#keys.has(resolved)) this.#keys.set(resolved, { name: `millrace group ${n}`, node })
    }
    const name = this.#parts.newName()
    const outer = this.#outer(name)
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
    if (sample || sets.length > 1)
      throw this.#refusal('A sample or several groupings cannot be kept.')
    for (const node of nodesOf([items, having, qualify, modifiers])) {
      if (node.class === 'SUBQUERY')
        throw this.#refusal('A subquery beside the aggregates cannot be kept.', node)
    }
    for (const node of nodesOf([items, having, qualify])) {
      if (node.class === 'STAR') throw this.#refusal('Columns without a name cannot be kept.', node)
      if (unlike.includes(calledName(node) ?? ''))
        throw this.#refusal('This aggregate has another value when it is made of parts.', node)
    }
    const { stream, others } = this.#from
    for (const { name, node } of [stream, ...others]) {
      if (this.#parts.hidden.has(name))
        throw this.#refusal(`${name} may be what a WITH names.`, node)
      if (!joinedSchemas.includes(schemaOf(node)))
        throw this.#refusal(`${name} changes by itself.`, node)
    }
  }

  /** What the rows are grouped by. */
  #groups(): Node[] {
    const { aggregate_handling: handling, group_expressions: groups } = this.#select
    if (handling === 'FORCE_AGGREGATES') {
      const plain = this.#items.filter(item => !hasAggregate(item, this.#parts.functions))
      if (plain.some(isWindowed)) throw this.#refusal('A window among the groups cannot be kept.')
      return plain.filter(item => [...nodesOf(item)].some(isColumn))
    }
    return groups.map(group => {
      const position = positionOf(group)
      const node = position === undefined ? this.#plain(group) : this.#items[position - 1]
      const isColumned = [...nodesOf(node)].some(isColumn)
      if (node === undefined || !isColumned)
        throw this.#refusal('What groups by no column cannot be kept.', group)
      return node
    })
  }

  /** What is made of the view's rows. */
  #outer(view: string): Node {
    const { having, qualify, modifiers } = this.#select
    const items = this.#items.map((item, n) => ({ ...this.#over(item), alias: this.#names[n] }))
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
      modifiers: modifiers.map(modifier => this.#modifier(modifier)),
      group_expressions: [],
      group_sets: [],
      aggregate_handling: 'STANDARD_HANDLING',
    }
  }

  /** ORDER BY and DISTINCT ON find names of the SELECT before those of columns. */
  #modifier(modifier: Node): Node {
    const isName = (node: Node): boolean =>
      isColumn(node) && node.column_names.length === 1 && isAmong(node.column_names[0], this.#names)
    const over = (node: Node): Node => {
      if (isName(node) || positionOf(node) !== undefined || node.class === 'STAR') return node
      const isUnclear = [...nodesOf(node)].some(each => isName(each) && this.#from.ownerOf(each))
      if (isUnclear) throw this.#refusal('A name of the SELECT is that of a column as well.', node)
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
      if (node.class === 'LAMBDA')
        throw this.#refusal('A lambda beside the aggregates cannot be kept.', node)
      const resolved = this.#from.resolved(node)
      const key = this.#keys.get(resolved)
      if (key) return columnNode(key.name)
      if (isAggregate(node, this.#parts.functions)) {
        const known = this.#aggregates.get(resolved)
        const name = known?.name ?? `millrace aggregate ${this.#aggregates.size}`
        if (!known) this.#aggregates.set(resolved, { name, node })
        return columnNode(name)
      }
      if (isColumn(node)) throw this.#refusal('A column that is no group cannot be kept.', node)
      return undefined
    }) as Node
  }

  #plain(node: Node): Node {
    return withoutAliases(node, this.#select, this.#from)
  }

  #refusal(reason: string, node?: Node): Failure {
    return refusal(reason, this.#sql, node)
  }
}

function isWindowed(node: Node): boolean {
  return [...nodesOf(node)].some(each => each.class === 'WINDOW')
}

function isAmong(name: string | undefined, names: readonly string[]): boolean {
  return names.some(each => each.toLowerCase() === name?.toLowerCase())
}
