import type { AsyncDuckDB } from '@duckdb/duckdb-wasm'
import type { Bytes, Result } from '../result/result.ts'

/** Rows that the browser has, for its engine to load. Equal data is one object: it is loaded once. */
export interface LocalTable {
  /** About how much memory the rows take, in bytes. */
  readonly bytes: number
  /** Makes the table `table` of them, whose name needs no quotes. */
  load(engine: TableLoader, table: string): Promise<void>
}

export interface TableLoader {
  readonly db: AsyncDuckDB
  readonly connection: number
  run(sql: string): Promise<void>
}

const endOfStream = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0])
const tables = new WeakMap<Result['source'], LocalTable>()

/** The rows of a result, as far as they are here. */
export function tableOfResult({ source }: Result): LocalTable {
  const known = tables.get(source) ?? arrowTable(source)
  tables.set(source, known)
  return known
}

/** The rows of the messages of an Arrow IPC stream. */
export function arrowTable(messages: readonly Bytes[]): LocalTable {
  return {
    bytes: messages.reduce((sum, message) => sum + message.length, 0),
    async load({ db, connection }, table) {
      const options = { name: table, schema: 'main', create: true }
      // All at once: the engine reads what it was given when the end comes, and does not keep what came before.
      await db.insertArrowFromIPCStream(connection, await wholeStream(messages), options)
    },
  }
}

async function wholeStream(messages: readonly Bytes[]): Promise<Uint8Array> {
  const last = messages.at(-1)?.subarray(-endOfStream.length) ?? new Uint8Array()
  const isEnded = last.length > 0 && endOfStream.every((byte, i) => byte === last[i])
  const parts = isEnded ? [...messages] : [...messages, endOfStream]
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
