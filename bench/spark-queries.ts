import { systemClock } from '../backend/base/clock.ts'
import { openDuckDb } from '../backend/base/duckdb.ts'
import { messageOf } from '../backend/base/failure.ts'
import { clusterConnections } from '../backend/cluster-connections.ts'
import { readConfig } from '../backend/config.ts'
import type { StreamDefinition } from '../backend/events/stream-definition.ts'
import type { QueryEngine } from '../backend/query/query-engine.ts'
import { SparkEngine } from '../backend/query/spark-engine.ts'
import { SparkTranslator } from '../backend/query/spark-translator.ts'
import { medianMs } from './percentiles.ts'

export interface SparkTask {
  readonly statements: readonly string[]
  readonly repeats: number
  readonly definitions: readonly StreamDefinition[]
  /** The lake as Spark finds it, and the version of its table of events. */
  readonly lakeUrl: string
  readonly version: number
}

/**
 * Median milliseconds of each statement on the Spark that the settings name, to the last batch of Arrow; NaN for one that
 * it does not take.
 */
export async function sparkMs(task: SparkTask): Promise<number[]> {
  const { statements, repeats, definitions, lakeUrl, version } = task
  const { spark: connection } = await clusterConnections(readConfig(process.env))
  const duckDb = await openDuckDb({ threads: 1, memoryBytesMax: 2 ** 28, spillFolder: '' })
  const translator = new SparkTranslator(() => duckDb.connect())
  const tailSource = withoutTail(version)
  const engine = new SparkEngine({ connection, translator, tailSource, definitions, lakeUrl })
  const medians: number[] = []
  try {
    for (const sql of statements) {
      const run = (): Promise<void> => readAll(engine, sql)
      const isTaken = await run().then(
        () => true,
        error => console.log(`Spark: ${messageOf(error)}`),
      )
      medians.push(isTaken ? await medianMs(repeats, run) : Number.NaN)
    }
  } finally {
    await engine.close()
    duckDb.closeSync()
  }
  return medians
}

async function readAll(engine: QueryEngine, sql: string): Promise<void> {
  const { signal } = new AbortController()
  const options = { signal, rowsMax: Number.POSITIVE_INFINITY, timeoutMs: 600_000 }
  const result = await engine.run({ sql, params: {} }, options)
  for await (const _ of result.messages);
}

/** Stands in for the server's engine: nothing has come since that version. */
function withoutTail(version: number): QueryEngine {
  const streams = [{ stream: 'events', version, partitions: [], ageMs: systemClock.now() }]
  return {
    name: 'server',
    run: async () => ({
      columns: [],
      streams,
      isVolatile: false,
      messages: (async function* () {})(),
      rowCount: Promise.resolve(0),
    }),
    close: async () => {},
  }
}
