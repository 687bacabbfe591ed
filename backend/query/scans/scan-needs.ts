import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier } from '../../base/sql.ts'
import type { StreamDefinition } from '../../events/stream-definition.ts'
import { type ColumnTerm, narrowingTerms } from '../column-predicates.ts'
import { explainedSql } from '../explained.ts'
import { isAnyTable } from '../refused-calls.ts'
import type { SqlFunctions } from '../sql-functions.ts'
import type { StatementReader } from '../statement-reads.ts'
import { columnsIn, expressionSql, type Node, nodesOf, parametersIn } from '../syntax-tree.ts'
import { hasBounds, maxOf, minOf } from './file-bounds.ts'

type Column = StreamDefinition['columns'][number]
type Term = ColumnTerm<Column>

/** What a statement needs of the lake's files of one stream. */
export interface ScanNeed {
  /** Names in lower case of columns that it may use; undefined: all. */
  readonly columns: ReadonlySet<string> | undefined
  /** A condition, as SQL over the bounds of a file, that every file fulfils that it needs; undefined: all files. */
  readonly condition: string | undefined
  /** Parameters in the condition. */
  readonly params: readonly string[]
}

/** Tables that are read by their names with a live view; undefined when there is no view of this name. */
export type JoinedBy = (view: string) => ReadonlySet<string> | undefined

interface Found {
  /** Stream → what is needed of it by its own name; a stream is missing that the statement may read by another one. */
  readonly needs: ReadonlyMap<string, ScanNeed>
  /** Names of the live views that it reads. */
  readonly views: readonly string[]
}

const everything: ScanNeed = { columns: undefined, condition: undefined, params: [] }
const nothing: ScanNeed = { columns: new Set(), condition: 'false', params: [] }
const knownMax = 500
const knownCharactersMax = 10_000

/** Reads in a statement which files of a stream's history it needs, and which of their columns. */
export class ScanNeeds {
  readonly #functions: SqlFunctions
  readonly #reader: StatementReader
  readonly #streams: ReadonlyMap<string, StreamDefinition>
  readonly #joinedBy: JoinedBy
  readonly #known = new Map<string, Found>()

  constructor(
    functions: SqlFunctions,
    reader: StatementReader,
    streams: readonly StreamDefinition[],
    joinedBy: JoinedBy,
  ) {
    this.#functions = functions
    this.#reader = reader
    this.#joinedBy = joinedBy
    this.#streams = new Map(streams.map(each => [each.stream.toLowerCase(), each]))
  }

  /** Stream → what is needed of it; a stream is missing that the statement may read by the name of something else. */
  async of(connection: DuckDBConnection, sql: string): Promise<ReadonlyMap<string, ScanNeed>> {
    const known = this.#known.get(sql)
    if (known) return this.#withViews(known)
    const found = await this.#find(connection, explainedSql(sql) ?? sql)
    if (sql.length <= knownCharactersMax) this.#known.set(sql, found)
    const [oldest] = this.#known.keys()
    if (this.#known.size > knownMax && oldest !== undefined) this.#known.delete(oldest)
    return this.#withViews(found)
  }

  /** A live view reads its own stream by files that it chooses, and the tables that it joins as a whole. */
  #withViews({ needs, views }: Found): ReadonlyMap<string, ScanNeed> {
    if (views.length === 0) return needs
    const joined = views.map(view => this.#joinedBy(view))
    if (!joined.every(tables => tables !== undefined)) return new Map()
    return new Map([...needs].filter(([stream]) => !joined.some(tables => tables.has(stream))))
  }

  async #find(connection: DuckDBConnection, sql: string): Promise<Found> {
    const needs = new Map<string, ScanNeed>()
    const tree = await this.#reader.treeOf(connection, sql)
    const nodes = [...nodesOf(tree)]
    if (tree === undefined || nodes.some(isAnyTable)) return { needs, views: [] }
    const views = nodes.filter(isLiveView).map(node => String(node.table_name).toLowerCase())
    const terms = narrowingTerms(nodes, node => this.#tableOf(node), this.#functions)
    const columns = columnsIn(nodes)
    for (const [name, { stream }] of this.#streams) {
      const own = nodes.filter(node => isTable(node, name))
      if (own.length === 0) {
        needs.set(stream, nothing)
        continue
      }
      const isWhole = own.some(node => columns?.has(aliasOf(node)))
      const lists = own.map(node => terms.get(node))
      const alternatives = lists.every(list => list !== undefined) ? lists.flat() : undefined
      const condition = alternatives && (await conditionSql(connection, alternatives))
      const params = (alternatives ?? [])
        .flat()
        .flatMap(({ values }) => values.flatMap(({ node }) => parametersIn(node)))
      needs.set(stream, { columns: isWhole ? undefined : columns, condition, params })
    }
    return { needs, views }
  }

  #tableOf(node: Node) {
    const found = this.#streams.get(String(node.table_name).toLowerCase())
    if (found === undefined || !isTable(node, String(node.table_name).toLowerCase()))
      return undefined
    const schema = String(node.schema_name).toLowerCase() || 'main'
    const isNarrowing = ({ type }: Column): boolean => hasBounds(type)
    return { schema, columns: found.columns, isNarrowing }
  }
}

/** Whether no row of a stream is read by its own name, so that it does not matter which files its view has. */
export function needsNothing(need: ScanNeed): boolean {
  return need === nothing
}

/** All of it where the statement reads it by another name, such as a live view's. */
export function needOf(needs: ReadonlyMap<string, ScanNeed>, stream: string): ScanNeed {
  return needs.get(stream) ?? everything
}

function isTable(node: Node, stream: string): boolean {
  if (node.type !== 'BASE_TABLE' || String(node.table_name).toLowerCase() !== stream) return false
  return ['', 'main', 'lake'].includes(String(node.schema_name).toLowerCase())
}

function isLiveView(node: Node): boolean {
  return node.type === 'BASE_TABLE' && String(node.schema_name).toLowerCase() === 'live'
}

async function conditionSql(
  connection: DuckDBConnection,
  alternatives: readonly (readonly Term[])[],
): Promise<string> {
  const parts: string[] = []
  for (const terms of alternatives) {
    const all = await Promise.all(terms.map(term => termSql(connection, term)))
    parts.push(all.length === 0 ? 'true' : all.join(' AND '))
  }
  return parts.map(part => `(${part})`).join(' OR ')
}

/** True for a file that can hold such a row, and for one whose bounds are not known. */
async function termSql(connection: DuckDBConnection, term: Term): Promise<string> {
  const values = await Promise.all(term.values.map(({ node }) => expressionSql(connection, node)))
  const [min, max] = [identifier(minOf(term.column)), identifier(maxOf(term.column))]
  const compared = values.map(value => {
    if (term.is === 'from') return `${max} >= (${value})`
    if (term.is === 'to') return `${min} <= (${value})`
    return term.is === 'equals' ? `(${max} >= (${value}) AND ${min} <= (${value}))` : 'true'
  })
  return `coalesce(${compared.join(' OR ')}, true)`
}

function aliasOf(node: Node): string {
  return String(node.alias || node.table_name).toLowerCase()
}
