import type { DuckDBConnection } from '@duckdb/node-api'
import type { Failure } from '../base/failure.ts'
import { countedByParts } from './counted-parts.ts'
import { explainedSql } from './explained.ts'
import { isAnyTable, refusedCall } from './refused-calls.ts'
import { calledName, type SqlFunctions } from './sql-functions.ts'
import { type Node, nodesOf, parseStatement, sqlOf } from './syntax-tree.ts'

/** What the answer to a statement depends on. */
export interface StatementReads {
  /** Names of tables without their schema; null when the statement does not say: it may read any. */
  readonly tables: readonly string[] | null
  /** Whether the same tables may give another answer later, by the clock or by chance. */
  readonly isVolatile: boolean
  /** A statement with the same answer that takes less work; undefined where none is known. */
  readonly quickerSql?: string | undefined
  /** Why it must not run, if it must not. */
  readonly refused?: Failure | undefined
}

const knownMax = 500
const knownCharactersMax = 10_000

/** Schemas of tables whose changes nobody is told of. */
const untold = ['millrace', 'hbase', 'information_schema', 'pg_catalog']

const anything: StatementReads = { tables: null, isVolatile: true }

/** Finds out what statements depend on, by DuckDB's own syntax tree. */
export class StatementReader {
  readonly #functions: SqlFunctions
  readonly #streams: readonly string[]
  /** By statement: a live one runs again and again. */
  readonly #known = new Map<string, StatementReads>()
  /** The statement that was parsed last. */
  #parsed: { readonly sql: string; readonly tree: Promise<Node | undefined> } | undefined

  constructor(functions: SqlFunctions, streams: readonly string[]) {
    this.#functions = functions
    this.#streams = streams
  }

  async readsOf(connection: DuckDBConnection, sql: string): Promise<StatementReads> {
    const known = this.#known.get(sql)
    if (known) return known
    const reads = await this.#find(connection, sql)
    if (sql.length > knownCharactersMax) return reads
    this.#known.set(sql, reads)
    const [oldest] = this.#known.keys()
    if (this.#known.size > knownMax && oldest !== undefined) this.#known.delete(oldest)
    return reads
  }

  /** DuckDB's syntax tree; undefined for what it has none for, such as an EXPLAIN. */
  treeOf(connection: DuckDBConnection, sql: string): Promise<Node | undefined> {
    if (this.#parsed?.sql !== sql) this.#parsed = { sql, tree: parseStatement(connection, sql) }
    return this.#parsed.tree
  }

  async #find(connection: DuckDBConnection, sql: string): Promise<StatementReads> {
    const explained = explainedSql(sql)
    const refused = await refusedCall(connection, explained ?? sql, (...asked) =>
      this.treeOf(...asked),
    )
    if (refused) return { ...anything, refused }
    const tree = explained === undefined ? await this.treeOf(connection, sql) : undefined
    if (tree === undefined) return anything
    const tables = new Set<string>()
    let isVolatile = false
    for (const node of nodesOf(tree)) {
      if (isAnyTable(node)) return anything
      if (node.type === 'BASE_TABLE') {
        tables.add(String(node.table_name).toLowerCase())
        isVolatile ||= untold.includes(String(node.schema_name).toLowerCase())
      }
      isVolatile ||= this.#functions.volatile.has(calledName(node) ?? '')
    }
    const counted = countedByParts(tree, this.#streams)
    const quickerSql = counted && (await sqlOf(connection, counted))
    return { tables: [...tables], isVolatile, quickerSql }
  }
}
