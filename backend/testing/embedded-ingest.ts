import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Clock, systemClock } from '../base/clock.ts'
import { openDuckDb } from '../base/duckdb.ts'
import { makeFolder } from '../base/durable-file.ts'
import { silentLog } from '../base/log.ts'
import { EmbeddedEventLog } from '../events/embedded-event-log.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import { DuckDbPendingRows } from '../ingest/duckdb-pending-rows.ts'
import type { IngestFollower, IngestSettings } from '../ingest/ingest-parts.ts'
import { Ingester } from '../ingest/ingester.ts'
import { StreamProgress } from '../ingest/stream-progress.ts'
import { deadLettersTable, eventsTable, type StreamTables } from '../ingest/stream-tables.ts'
import { Checkpoints, ParquetActionFiles } from '../lake/checkpoint.ts'
import { DeltaTable } from '../lake/delta-table.ts'
import { LocalLake } from '../lake/local-lake.ts'
import { Maintenance, mergedRows } from '../lake/maintenance.ts'
import { scanSql } from '../lake/scan.ts'
import { EmbeddedLiveStore } from '../live/embedded-live-store.ts'

export const ordersDefinition: StreamDefinition = {
  stream: 'orders',
  eventTime: 'at',
  partitionKey: 'id',
  partitions: 3,
  columns: [
    { name: 'at', type: 'TIMESTAMP', required: true },
    { name: 'id', type: 'BIGINT', required: true },
  ],
}

const defaults: IngestSettings = {
  retention: { ageMsMax: Infinity, bytesMax: Infinity },
  lingerMs: 1,
  batchBytesMax: 1 << 20,
  commitEveryMs: 100,
  commitRowsMax: 100_000,
}

/** An embedded log, live store and lake in one folder with the ingest between them. */
export async function openEmbeddedIngest(
  folder: string,
  settings: Partial<IngestSettings> = {},
  clock: Clock = systemClock,
) {
  const scratchFolder = join(folder, 'scratch')
  await makeFolder(scratchFolder)
  const duckDb = await openDuckDb({
    threads: 2,
    memoryBytesMax: 1 << 30,
    spillFolder: scratchFolder,
  })
  const eventLog = await EmbeddedEventLog.open(join(folder, 'log'), clock)
  const liveStore = await EmbeddedLiveStore.open(join(folder, 'live'), clock)
  const lake = await LocalLake.open(join(folder, 'lake'))
  const connection = await duckDb.connect()
  const parts = {
    lake,
    clock,
    checkpoints: new Checkpoints(lake, new ParquetActionFiles(connection)),
  }
  const tables: StreamTables = {
    events: await DeltaTable.open(eventsTable(ordersDefinition), parts),
    deadLetters: await DeltaTable.open(deadLettersTable, parts),
  }
  const maintenance = [
    new Maintenance(
      tables.events,
      { lake, clock, mergedRows: merge => mergedRows(connection, merge) },
      {
        targetBytes: 128 << 20,
        fanIn: 4,
        checkpointEveryVersions: 10,
        historyMs: 60_000,
        sortColumn: 'at',
      },
    ),
  ]
  const progress = new StreamProgress('orders', clock.now())
  const follower: IngestFollower = { begun() {}, tailWritten() {}, committed() {} }
  const startIngest = (changed: Partial<Parameters<typeof makeIngester>[0]> = {}) => {
    const ingester = makeIngester({ follower, ...changed })
    void ingester.start()
    return ingester
  }
  function makeIngester({ follower }: { follower: IngestFollower }) {
    return new Ingester(
      {
        definition: ordersDefinition,
        eventLog,
        liveStore,
        lake,
        tables,
        maintenance,
        openPending: () => DuckDbPendingRows.open(duckDb, ordersDefinition, scratchFolder),
        progress,
        follower,
        clock,
        log: silentLog,
      },
      { ...defaults, ...settings },
    )
  }
  return {
    eventLog,
    liveStore,
    lake,
    tables,
    progress,
    connection,
    startIngest,
    async produce(values: readonly string[]) {
      await eventLog.ensureTopic('orders', { partitionCount: 3, retention: defaults.retention })
      return eventLog.append(
        'orders',
        values.map((value, n) => ({ key: String(n), value: Buffer.from(value) })),
      )
    },
    /** Partition → the last offset that was appended, in the shape of a statement's `after`. */
    async endOffsets() {
      const { partitions } = await eventLog.describeTopic('orders')
      return { orders: Object.fromEntries(partitions.map(p => [p.partition, p.endOffset - 1])) }
    },
    async close() {
      await eventLog.close()
      await liveStore.close()
      duckDb.closeSync()
    },
  }
}

/** The rows of the newest snapshot of a table, as `readLake` of another tool would see them. */
export async function lakeRows(
  connection: DuckDBConnection,
  lake: LocalLake,
  table: DeltaTable,
  select: string,
): Promise<unknown[][]> {
  const paths = [...table.snapshot.files.keys()].map(path => table.filePath(path))
  const files = await lake.localFiles('test', paths)
  const columns = table.definition.columns.filter(column => column.name !== 'event_date')
  const source = scanSql(files, columns)
  return (await connection.runAndReadAll(`${select} FROM (${source})`)).getRowsJson() as unknown[][]
}
