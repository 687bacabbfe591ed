import { createRequire } from 'node:module'
import { createDuckDB, NODE_RUNTIME, VoidLogger } from '@duckdb/duckdb-wasm/blocking'
import { medianMs } from './percentiles.ts'

const { resolve } = createRequire(import.meta.url)

/**
 * Median milliseconds of each statement in the DuckDB that pages use, without a page around it: over rows that are loaded
 * already, to the last byte of Arrow.
 * @param events the rows, as an Arrow IPC stream
 */
export async function wasmMs(
  events: Uint8Array,
  statements: readonly string[],
  repeats: number,
): Promise<number[]> {
  const bundle = {
    mainModule: resolve('@duckdb/duckdb-wasm/dist/duckdb-eh.wasm'),
    mainWorker: resolve('@duckdb/duckdb-wasm/dist/duckdb-node-eh.worker.cjs'),
  }
  const db = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME)
  await db.instantiate(() => {})
  db.open({ path: ':memory:' })
  const connection = db.connect()
  connection.insertArrowFromIPCStream(events, { name: 'events', schema: 'main', create: true })
  const medians: number[] = []
  for (const sql of statements) {
    const run = async () => void connection.useUnsafe((bindings, id) => bindings.runQuery(id, sql))
    medians.push(await medianMs(repeats, run))
  }
  return medians
}
