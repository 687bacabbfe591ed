import type { DuckDBConnection } from '@duckdb/node-api'
import { sparkSql, unnamedItems } from './spark-dialect.ts'
import { expressionSql, fingerprint, type Node, parseStatement } from './syntax-tree.ts'

/** Writes statements of DuckDB as statements of Spark, by DuckDB's own syntax tree. */
export class SparkTranslator {
  readonly #connect: () => Promise<DuckDBConnection>
  #opened: Promise<{ connection: DuckDBConnection; functions: ReadonlySet<string> }> | undefined

  /** @param connect to any DuckDB: nothing is read from it but its names of functions */
  constructor(connect: () => Promise<DuckDBConnection>) {
    this.#connect = connect
  }

  /**
   * @returns undefined when it is no statement of DuckDB: it may be one of Spark's own
   * @throws Failure `sql-invalid` for what Spark cannot do, at its place
   */
  async translated(sql: string): Promise<string | undefined> {
    this.#opened ??= this.#open()
    const { connection, functions } = await this.#opened
    const tree = await parseStatement(connection, sql)
    if (tree === undefined) return undefined
    const names = new Map<string, string>()
    for (const item of unnamedItems(tree)) {
      names.set(fingerprint(item), await expressionSql(connection, item))
    }
    const nameOf = (node: Node): string | undefined => names.get(fingerprint(node))
    return sparkSql(tree, sql, { functions, nameOf })
  }

  async #open(): Promise<{ connection: DuckDBConnection; functions: ReadonlySet<string> }> {
    const connection = await this.#connect()
    const read = await connection.runAndReadAll(
      'SELECT DISTINCT lower(function_name) FROM duckdb_functions()',
    )
    return { connection, functions: new Set(read.getRowsJS().map(([name]) => String(name))) }
  }
}
