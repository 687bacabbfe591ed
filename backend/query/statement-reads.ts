import type { DuckDBConnection } from '@duckdb/node-api'
import { literal } from '../base/sql.ts'
import { calledName, type SqlFunctions } from './sql-functions.ts'
import { type Node, nodesOf } from './syntax-tree.ts'

/** What the answer to a statement depends on. */
export interface StatementReads {
  /** Names of tables without their schema; null when the statement does not say: it may read any. */
  readonly tables: readonly string[] | null
  /** Whether the same tables may give another answer later, by the clock or by chance. */
  readonly isVolatile: boolean
}

const knownMax = 500
const knownCharactersMax = 10_000

const anything: StatementReads = { tables: null, isVolatile: true }

/** Finds out what statements depend on, by DuckDB's own syntax tree. */
export class StatementReader {
  readonly #functions: SqlFunctions
  /** By statement: a live one runs again and again. */
  readonly #known = new Map<string, StatementReads>()

  constructor(functions: SqlFunctions) {
    this.#functions = functions
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

  async #find(connection: DuckDBConnection, sql: string): Promise<StatementReads> {
    const read = await connection.runAndReadAll(
      `SELECT json_serialize_sql(${literal(sql)})::VARCHAR`,
    )
    const tree = JSON.parse(String(read.getRowsJS()[0]?.[0])) as { error: boolean }
    if (tree.error) return anything
    const tables = new Set<string>()
    let isVolatile = false
    for (const node of nodesOf(tree)) {
      if (node.type === 'TABLE_FUNCTION' && isAnyTable(node)) return anything
      if (node.type === 'BASE_TABLE') tables.add(String(node.table_name).toLowerCase())
      isVolatile ||= this.#functions.volatile.has(calledName(node) ?? '')
    }
    return { tables: [...tables], isVolatile }
  }
}

/** `query` and `query_table` take the names of tables from strings. */
function isAnyTable(node: Node): boolean {
  return ['query', 'query_table'].includes(
    String((node.function as Node | undefined)?.function_name),
  )
}
