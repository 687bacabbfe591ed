import type { AsyncDuckDB } from '@duckdb/duckdb-wasm'
import workerUrl from '@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url'
import wasmUrl from '@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url'

export type { AsyncDuckDB }

const memoryMax = '1GB'
/** Nothing comes from the internet: what is not inside is refused, and named. */
const settings = [
  'SET autoload_known_extensions = false',
  'SET autoinstall_known_extensions = false',
  'SET errors_as_json = true',
  `SET memory_limit = '${memoryMax}'`,
]

export interface OpenDuckDb {
  readonly db: AsyncDuckDB
  readonly connection: number
}

/** Starts DuckDB in a worker of its own. */
export async function openDuckDb(): Promise<OpenDuckDb> {
  const { AsyncDuckDB, VoidLogger } = await import('@duckdb/duckdb-wasm')
  const db = new AsyncDuckDB(new VoidLogger(), new Worker(workerUrl))
  try {
    await db.instantiate(new URL(wasmUrl, location.href).href)
    await db.open({ path: ':memory:' })
    const connection = await db.connectInternal()
    for (const setting of settings) await db.runQuery(connection, setting)
    return { db, connection }
  } catch (error) {
    await db.terminate()
    throw error
  }
}
