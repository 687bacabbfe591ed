import type { Failure } from '../../base/failure.ts'
import { calledName, hasAggregate, isAggregate, type SqlFunctions } from '../sql-functions.ts'
import { isColumn, type Node, nodesOf, type SelectNode } from '../syntax-tree.ts'
import { mergeableNames } from './mergeable.ts'
import { positionOf, withoutAliases } from './select-aliases.ts'
import { type FromParts, ViewFrom } from './view-from.ts'
import { refusal } from './view-refusal.ts'

export interface ShapeParts extends FromParts {
  readonly functions: SqlFunctions
}

/** What a SELECT is made of, as far as a live view has to know: which columns are the stream's, and what is aggregated. */
export class ViewShape {
  readonly from: ViewFrom
  /** What stands in the SELECT, without names for one another. */
  readonly items: readonly Node[]
  /** Which of them the rows are grouped by. */
  readonly keyPositions: readonly number[]
  /** Whether there is a row for each key, rather than one for all. */
  readonly isGrouped: boolean
  /** Columns of the stream that are needed when the other tables are joined. */
  readonly joinedColumns: readonly string[]
  /** Conditions on the stream alone. */
  readonly ownConditions: readonly Node[]
  /** Conditions on other tables as well. */
  readonly conditions: readonly Node[]
  readonly #sql: string
  readonly #select: SelectNode
  readonly #functions: SqlFunctions

  static async of(select: SelectNode, sql: string, parts: ShapeParts): Promise<ViewShape> {
    refuseExtras(select, sql)
    const from = await ViewFrom.of(select.from_table, sql, parts)
    return new ViewShape(select, sql, from, parts.functions)
  }

  private constructor(select: SelectNode, sql: string, from: ViewFrom, functions: SqlFunctions) {
    this.#select = select
    this.#sql = sql
    this.#functions = functions
    this.from = from
    this.items = select.select_list.map(item => this.#withoutAliases(item))
    const where = select.where_clause && this.#withoutAliases(select.where_clause)
    for (const node of [...this.items, where, ...from.joins]) this.#refuseUnsteady(node)
    this.isGrouped = this.#isGrouped()
    this.keyPositions = this.#keyPositions()
    const conditions = where ? conjunctsOf(where) : []
    this.ownConditions = conditions.filter(each => this.isOwn(each))
    this.conditions = conditions.filter(each => !this.isOwn(each))
    this.joinedColumns = this.#joinedColumns()
  }

  isAggregate(node: Node): boolean {
    return isAggregate(node, this.#functions)
  }

  hasAggregate(node: Node): boolean {
    return hasAggregate(node, this.#functions)
  }

  /** Whether it depends on no other table. */
  isOwn(node: Node): boolean {
    return [...nodesOf(node)].every(each => {
      const owner = this.from.ownerOf(each)
      return owner === undefined || owner.table === this.from.stream
    })
  }

  /** @throws Failure when the aggregate cannot be kept */
  checkAggregate(node: Node): void {
    const orders = (node.order_bys as { orders?: unknown[] } | null)?.orders ?? []
    if (node.distinct === true) {
      const name = calledName(node)
      const reason = `${name}(DISTINCT …) cannot be merged; approx_count_distinct(…) can.`
      throw refusal(reason, this.#sql, node)
    }
    if (orders.length > 0) {
      throw refusal('An aggregate with ORDER BY cannot be merged; arg_max(…) can.', this.#sql, node)
    }
    if (!this.isOwn(node)) {
      const { name } = this.from.stream
      throw refusal(`Only columns of ${name} can be aggregated.`, this.#sql, node)
    }
  }

  notMergeable(node: Node): Failure {
    const reason = `${calledName(node)} cannot be put together from parts.`
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

  /** GROUP BY ALL groups by what names a column. */
  #isGrouped(): boolean {
    const { aggregate_handling: handling, group_expressions: groups } = this.#select
    if (handling !== 'FORCE_AGGREGATES') return groups.length > 0
    return this.items.some(item => !this.hasAggregate(item) && [...nodesOf(item)].some(isColumn))
  }

  #keyPositions(): number[] {
    const isKey = this.items.map(item => !this.hasAggregate(item))
    if (!isKey.includes(false)) {
      throw refusal('A live view aggregates: there is no aggregate in its SELECT.', this.#sql)
    }
    for (const [position, item] of this.items.entries()) {
      const bare = isKey[position] ? undefined : this.#columnBesideAggregates(item)
      if (bare) throw refusal('Make the key a column of its own.', this.#sql, bare)
    }
    this.#checkGroups()
    if (!this.isGrouped) return []
    return isKey.flatMap((is, position) => (is ? [position] : []))
  }

  #columnBesideAggregates(item: Node): Node | undefined {
    const aggregates = [...nodesOf(item)].filter(each => this.isAggregate(each))
    const inside = new Set(aggregates.flatMap(each => [...nodesOf(each)]))
    return [...nodesOf(item)].find(node => isColumn(node) && !inside.has(node))
  }

  /** All that rows are grouped by has to stand in the SELECT. */
  #checkGroups(): void {
    const { group_expressions: groups, group_sets: sets } = this.#select
    if (sets.length > 1) {
      throw refusal('Several groupings at once cannot be kept: make a view of each.', this.#sql)
    }
    const selected = new Set(this.items.map(item => this.from.resolved(item)))
    for (const group of groups) {
      const isSelected =
        positionOf(group) !== undefined ||
        selected.has(this.from.resolved(this.#withoutAliases(group)))
      if (isSelected) continue
      const reason = 'What a live view is grouped by has to stand in its SELECT.'
      throw refusal(reason, this.#sql, group)
    }
  }

  #joinedColumns(): string[] {
    const mixed = this.items.filter(item => !this.hasAggregate(item) && !this.isOwn(item))
    const joins = this.from.joins.map(({ condition }) => condition)
    const named = [...nodesOf([...joins, ...this.conditions, ...mixed])].flatMap(node => {
      const owner = this.from.ownerOf(node)
      return owner?.table === this.from.stream ? [owner.column] : []
    })
    return [...new Set([...named, ...this.from.joinedColumns])]
  }

  #withoutAliases(node: Node): Node {
    return withoutAliases(node, this.#select, this.from)
  }

  /** What gives another answer at another time, or sees more than one row, cannot be kept. */
  #refuseUnsteady(value: unknown): void {
    for (const node of nodesOf(value)) {
      const reason = refused[node.class ?? '']
      if (reason !== undefined) throw refusal(reason, this.#sql, node)
      const called = calledName(node) ?? ''
      if (this.#functions.volatile.has(called) && !this.isAggregate(node)) {
        const why = `${called} is another value at another time: filter by it where you read the view.`
        throw refusal(why, this.#sql, node)
      }
    }
  }
}

/** Class of a node → why it cannot stand in a live view. */
const refused: Readonly<Record<string, string>> = {
  SUBQUERY: 'A subquery cannot be kept.',
  WINDOW: 'A window cannot be kept.',
  PARAMETER: 'A live view has no parameters: filter where you read it.',
  STAR: 'Name the columns instead of *.',
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

function conjunctsOf(node: Node): Node[] {
  if (node.type !== 'CONJUNCTION_AND') return [node]
  return (node.children as Node[]).flatMap(conjunctsOf)
}
