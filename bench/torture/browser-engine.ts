import { createRequire } from 'node:module'
import {
  createDuckDB,
  type DuckDBConnection,
  NODE_RUNTIME,
  VoidLogger,
} from '@duckdb/duckdb-wasm/blocking'

const dist = createRequire(import.meta.url)
  .resolve('@duckdb/duckdb-wasm/dist/duckdb-eh.wasm')
  .replace('duckdb-eh.wasm', '')

/** The engine of the page, outside of a browser: what a cell that reads another cell's result is computed by. */
export class BrowserEngine {
  readonly #connection: DuckDBConnection

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async open(): Promise<BrowserEngine> {
    const bundleOf = (name: string) => ({
      mainModule: `${dist}duckdb-${name}.wasm`,
      mainWorker: '',
    })
    const bundles = { mvp: bundleOf('mvp'), eh: bundleOf('eh') }
    const database = await createDuckDB(bundles, new VoidLogger(), NODE_RUNTIME)
    await database.instantiate(() => {})
    return new BrowserEngine(database.connect())
  }

  /** The one row of a statement that reads a result, an Arrow stream, as `cell`; every value as text. */
  rowOf(sql: string, result: Uint8Array): string[] {
    this.#connection.query('DROP TABLE IF EXISTS cell')
    this.#connection.insertArrowFromIPCStream(result, { name: 'cell', create: true })
    const [row] = this.#connection.query(sql).toArray()
    return Object.values((row?.toJSON() ?? {}) as object).map(String)
  }
}
