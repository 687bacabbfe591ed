import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier } from '../../base/sql.ts'
import type { ResultColumn } from '../../contract/query.ts'
import { typeName } from '../arrow-type.ts'
import { sqlFailure } from '../sql-failure.ts'
import { calledName } from '../sql-functions.ts'
import {
  columnNode,
  expressionSql,
  fingerprint,
  type Node,
  nodesOf,
  parseSelect,
  rewritten,
  tableSql,
} from '../syntax-tree.ts'
import { type AggregateCall, type Mergeable, mergeableOf } from './mergeable.ts'
import { type ShapeParts, ViewShape } from './view-shape.ts'

/**
 * How a view is kept: rows of the stream become parts, parts are merged, and the result is made of parts. A row of parts
 * has the columns of `keys`, and what its aggregates need.
 */
export interface ViewPlan {
  /** The stream whose events are aggregated. */
  readonly stream: string
  /** Other tables that are joined when the view is read. */
  readonly dimensions: readonly string[]
  readonly keys: readonly string[]
  readonly columns: readonly ResultColumn[]
  /** The parts of the rows of a source that has the stream's columns, `_partition` and `_offset`. */
  partialSql(source: string): string
  /** One row of parts for each key. */
  mergedSql(source: string): string
  /** What a reader of the view gets, of a source of parts. */
  finalSql(source: string): string
  /** The condition that a row of parts is young enough to be kept; undefined when all are. */
  readonly isKept: string | undefined
}

export interface PlanParts extends ShapeParts {
  /** For how long rows are kept, such as `7 day`. */
  readonly retention?: string | undefined
}

const stateName = identifier('millrace parts')
const sourceName = identifier('millrace source')

/**
 * Finds out how the SELECT of a live view can be kept current.
 * @throws Failure `sql-…` for mistakes, and `view-not-mergeable` with the reason when it cannot
 */
export async function planView(sql: string, parts: PlanParts): Promise<ViewPlan> {
  const { connection } = parts
  const columns = await columnsOf(connection, sql)
  const shape = await ViewShape.of(await parseSelect(connection, sql), sql, parts)
  return new Planner(connection, shape, columns).plan(parts.retention)
}

/** What the SELECT answers; DuckDB says what is wrong with it. */
async function columnsOf(connection: DuckDBConnection, sql: string): Promise<ResultColumn[]> {
  try {
    const prepared = await connection.prepare(sql)
    return Array.from({ length: prepared.columnCount }, (_, index) => ({
      name: prepared.columnName(index),
      type: typeName(prepared.columnType(index)),
    }))
  } catch (error) {
    throw sqlFailure(error, sql)
  }
}

interface Kept {
  readonly columns: readonly string[]
  readonly mergeable: Mergeable
}

class Planner {
  readonly #connection: DuckDBConnection
  readonly #shape: ViewShape
  readonly #columns: readonly ResultColumn[]
  /** Name of a key → its SQL over rows of the stream. */
  readonly #keys = new Map<string, string>()
  /** Place in the SELECT → the key that stands there, where it is the stream's alone. */
  readonly #ownKeys = new Map<number, string>()
  /** Aggregate as it is written → how it is kept. */
  readonly #kept = new Map<string, Kept>()

  constructor(connection: DuckDBConnection, shape: ViewShape, columns: readonly ResultColumn[]) {
    this.#connection = connection
    this.#shape = shape
    this.#columns = columns
  }

  async plan(retention: string | undefined): Promise<ViewPlan> {
    const shape = this.#shape
    const items: string[] = []
    for (const [position, item] of shape.items.entries()) {
      items.push(await this.#item(item, position))
    }
    const groups = shape.keyPositions.map(position => String(position + 1))
    for (const name of shape.joinedColumns) this.#keys.set(name, identifier(name))
    const [own, later] = [await this.#all(shape.ownConditions), await this.#all(shape.conditions)]
    const isKept = retention === undefined ? undefined : this.#youngerThan(retention)
    if (isKept !== undefined) later.push(isKept)
    const from = await tableSql(this.#connection, shape.from.with('millrace parts'))
    const alias = identifier(shape.from.stream.alias)
    const keys = [...this.#keys.keys()]
    const kept = [...this.#kept.values()]
    const named = [...this.#keys].map(
      ([name, expression]) => `${expression} AS ${identifier(name)}`,
    )
    const partials = kept.flatMap(({ columns, mergeable }) =>
      mergeable.partials.map((partial, n) => `${partial} AS ${columns[n]}`),
    )
    const merged = kept.flatMap(({ columns, mergeable }) =>
      mergeable.merged(columns).map((expression, n) => `${expression} AS ${columns[n]}`),
    )
    const names = keys.map(identifier)
    const results = this.#columns.map(({ name, type }, n) => {
      return `CAST(${items[n]} AS ${type}) AS ${identifier(name)}`
    })
    return {
      stream: shape.from.stream.name,
      dimensions: shape.from.others.map(({ name }) => name),
      keys,
      columns: this.#columns,
      isKept,
      partialSql: source =>
        `SELECT ${[...named, ...partials].join(', ')}
         FROM (${source}) AS ${alias} ${where(own)} GROUP BY ALL`,
      mergedSql: source =>
        `SELECT ${[...names, ...merged].join(', ')}
         FROM (${source}) AS ${sourceName} ${groupBy(names)}`,
      finalSql: source =>
        `WITH ${stateName} AS NOT MATERIALIZED (${source}) SELECT ${results.join(', ')}
         FROM ${from} ${where(later)} ${groupBy(groups)}`,
    }
  }

  /** What stands in the SELECT, over parts. */
  async #item(item: Node, position: number): Promise<string> {
    const shape = this.#shape
    if (shape.keyPositions.includes(position) && shape.isOwn(item)) {
      const name = `millrace key ${this.#keys.size}`
      this.#ownKeys.set(position, name)
      this.#keys.set(name, await expressionSql(this.#connection, item))
      return `${identifier(shape.from.stream.alias)}.${identifier(name)}`
    }
    for (const node of nodesOf(item)) if (shape.isAggregate(node)) await this.#keep(node)
    const placeholders = new Map<string, string>()
    const tree = rewritten(item, node => {
      const kept = shape.isAggregate(node) ? this.#kept.get(fingerprint(node)) : undefined
      if (!kept) return undefined
      const placeholder = `millrace aggregate ${placeholders.size}`
      placeholders.set(identifier(placeholder), `(${kept.mergeable.final(kept.columns)})`)
      return columnNode(placeholder)
    })
    let text = await expressionSql(this.#connection, tree as Node)
    for (const [placeholder, final] of placeholders) text = text.replaceAll(placeholder, final)
    return text
  }

  /** By the first time that rows are grouped by. */
  #youngerThan(retention: string): string {
    const types = this.#columns.map(({ type }) => type)
    const position = this.#shape.keyPositions.find(at => /^(TIMESTAMP|DATE)/.test(types[at] ?? ''))
    const key = position === undefined ? undefined : this.#ownKeys.get(position)
    if (position === undefined || key === undefined) throw this.#shape.withoutTime()
    return `${identifier(key)} >= (now()::TIMESTAMP - INTERVAL '${retention}')::${types[position]}`
  }

  async #keep(node: Node): Promise<void> {
    const key = fingerprint(node)
    if (this.#kept.has(key)) return
    this.#shape.checkAggregate(node)
    const children = (node.children ?? []) as readonly Node[]
    const args: string[] = []
    for (const child of children) args.push(await expressionSql(this.#connection, child))
    const filter = node.filter as Node | null
    const call: AggregateCall = {
      name: calledName(node) ?? '',
      args,
      types: await this.#typesOf(args),
      filter: filter ? await expressionSql(this.#connection, filter) : undefined,
    }
    const mergeable = mergeableOf(call)
    if (mergeable === undefined) throw this.#shape.notMergeable(node)
    const first = [...this.#kept.values()].flatMap(({ columns }) => columns).length
    const columns = mergeable.partials.map((_, n) => identifier(`millrace part ${first + n}`))
    this.#kept.set(key, { columns, mergeable })
  }

  async #typesOf(expressions: readonly string[]): Promise<string[]> {
    if (expressions.length === 0) return []
    const { node } = this.#shape.from.stream
    const from = await tableSql(this.#connection, { ...node, alias: this.#shape.from.stream.alias })
    const prepared = await this.#connection.prepare(`SELECT ${expressions.join(', ')} FROM ${from}`)
    return expressions.map((_, index) => typeName(prepared.columnType(index)))
  }

  async #all(conditions: readonly Node[]): Promise<string[]> {
    const texts: string[] = []
    for (const condition of conditions) texts.push(await expressionSql(this.#connection, condition))
    return texts
  }
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.map(each => `(${each})`).join(' AND ')}`
}

/** Without groups there is one row for all. */
function groupBy(groups: readonly string[]): string {
  return groups.length === 0 ? '' : `GROUP BY ${groups.join(', ')}`
}
