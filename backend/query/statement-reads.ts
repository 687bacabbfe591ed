import type { DuckDBConnection } from '@duckdb/node-api'
import { literal } from '../base/sql.ts'

/** What the answer to a statement depends on. */
export interface StatementReads {
  /** Names of tables without their schema; null when the statement does not say: it may read any. */
  readonly tables: readonly string[] | null
  /** Whether the same tables may give another answer later, by the clock or by chance. */
  readonly isVolatile: boolean
}

/** Keywords that DuckDB turns into functions of the clock only when it binds the statement. */
const clockKeywords = [
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
]

const knownMax = 500

const anything: StatementReads = { tables: null, isVolatile: true }

/** Finds out what statements depend on, by DuckDB's own syntax tree. */
export class StatementReader {
  readonly #volatile: ReadonlySet<string>
  /** By statement: a live one runs again and again. */
  readonly #known = new Map<string, StatementReads>()

  private constructor(volatile: ReadonlySet<string>) {
    this.#volatile = volatile
  }

  static async open(connection: DuckDBConnection): Promise<StatementReader> {
    const read = await connection.runAndReadAll(
      `SELECT DISTINCT function_name FROM duckdb_functions()
       WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')`,
    )
    const names = read.getRowsJS().map(([name]) => String(name))
    return new StatementReader(new Set([...names, ...clockKeywords]))
  }

  async readsOf(connection: DuckDBConnection, sql: string): Promise<StatementReads> {
    const known = this.#known.get(sql)
    if (known) return known
    const reads = await this.#find(connection, sql)
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
      isVolatile ||= calledNames(node).some(name => this.#volatile.has(name))
    }
    return { tables: [...tables], isVolatile }
  }
}

type Node = Readonly<Record<string, unknown>>

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Node
  for (const member of Object.values(value)) yield* nodesOf(member)
}

function calledNames(node: Node): string[] {
  if (node.type === 'FUNCTION') return [String(node.function_name).toLowerCase()]
  const names = node.type === 'COLUMN_REF' ? (node.column_names as string[]) : []
  return names.length === 1 ? names.map(name => name.toLowerCase()) : []
}

/** `query` and `query_table` take the names of tables from strings. */
function isAnyTable(node: Node): boolean {
  return ['query', 'query_table'].includes(
    String((node.function as Node | undefined)?.function_name),
  )
}
