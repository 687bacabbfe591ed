import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { makeFolder } from '../base/durable-file.ts'
import { silentLog } from '../base/log.ts'
import { MappedReader } from '../live/mapped-reader.ts'
import { jsonOf } from '../query/arrow-json.ts'
import { DuckDbEngine } from '../query/duckdb-engine.ts'
import { type EngineLink, startEngineProcess } from '../query/engine-link.ts'
import type { EngineSetup } from '../query/engine-messages.ts'
import type { QueryResult, RunOptions } from '../query/query-engine.ts'
import { openEmbeddedIngest, ordersDefinition } from './embedded-ingest.ts'

export const engineEntry = new URL('../../dist/backend/query/engine-process.js', import.meta.url)

/** The engine on the tables and the tail of an embedded ingest, all in one folder. */
export async function openEmbeddedEngine(
  folder: string,
  settings: Parameters<typeof openEmbeddedIngest>[1] = {},
  keeping: EngineSetup['keeping'] = {},
) {
  const ingest = await openEmbeddedIngest(folder, settings)
  const scratchFolder = join(folder, 'engine')
  await makeFolder(scratchFolder)
  let link: EngineLink | undefined
  const engine = new DuckDbEngine({
    startProcess: (handlers, log) => {
      link = startEngineProcess(engineEntry, handlers, log)
      return link
    },
    lake: ingest.lake,
    tables: new Map([['orders', ingest.tables]]),
    mappedReader: new MappedReader(ingest.liveStore, systemClock),
    clock: systemClock,
    log: silentLog,
    setup: {
      streams: [ordersDefinition],
      threads: 2,
      memoryBytesMax: 256 << 20,
      readableFolders: [join(folder, 'lake')],
      scratchFolder,
      spillFolder: scratchFolder,
      keeping,
    },
  })
  engine.start()
  const ingester = ingest.startIngest({ follower: engine })
  return {
    ...ingest,
    engine,
    ingester,
    killProcess: () => link?.kill(),
    run: (sql: string, options: Partial<RunOptions> & { params?: object } = {}) => {
      const { params = {}, ...rest } = options
      return engine.run(
        { sql, params: params as Record<string, never> },
        { signal: new AbortController().signal, rowsMax: Infinity, timeoutMs: 60_000, ...rest },
      )
    },
    async close() {
      await ingester.stop()
      await engine.close()
      await ingest.close()
    },
  }
}

export async function rowsOf(result: QueryResult): Promise<unknown[][]> {
  let text = ''
  for await (const part of jsonOf(result.messages)) text += part
  return (JSON.parse(text) as { rows: unknown[][] }).rows
}
