import { createHash } from 'node:crypto'
import { access, constants, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBInstance } from '@duckdb/node-api'
import { type Clock, systemClock } from './base/clock.ts'
import { openDuckDb } from './base/duckdb.ts'
import { makeFolder } from './base/durable-file.ts'
import { invariant } from './base/invariant.ts'
import type { Log } from './base/log.ts'
import { clusterConnections, lakeCacheFolder } from './cluster-connections.ts'
import type { Config } from './config.ts'
import { EmbeddedEventLog } from './events/embedded-event-log.ts'
import type { EventLog } from './events/event-log.ts'
import { loadStreamDefinitions, type StreamDefinition } from './events/stream-definition.ts'
import { DuckDbPendingRows } from './ingest/duckdb-pending-rows.ts'
import type { IngestSettings } from './ingest/ingest-parts.ts'
import { Ingester } from './ingest/ingester.ts'
import { type OpenedTables, openParquetFiles, openTables } from './ingest/open-tables.ts'
import { StreamProgress } from './ingest/stream-progress.ts'
import type { Lake } from './lake/lake.ts'
import { LocalLake } from './lake/local-lake.ts'
import { EmbeddedLiveStore } from './live/embedded-live-store.ts'
import type { LiveStore } from './live/live-store.ts'
import { MappedReader } from './live/mapped-reader.ts'
import { CachedEngine } from './query/cached-engine.ts'
import { CatalogReader } from './query/catalog.ts'
import { DuckDbEngine } from './query/duckdb-engine.ts'
import { startEngineProcess } from './query/engine-link.ts'
import { LiveQueries } from './query/live-queries.ts'
import { MappedTables } from './query/mapped/mapped-tables.ts'
import type { PlacementLimits } from './query/placement.ts'
import { Queries } from './query/queries.ts'
import type { QueryEngine } from './query/query-engine.ts'
import type { SparkConnection } from './query/spark-session.ts'
import { LiveViews } from './query/views/live-views.ts'
import { Verifier } from './verify/verifier.ts'

/** All parts of a running Millrace. */
export interface Millrace {
  readonly definitions: readonly StreamDefinition[]
  readonly eventLog: EventLog
  readonly progress: readonly StreamProgress[]
  readonly queries: Queries
  readonly live: LiveQueries
  readonly catalog: CatalogReader
  readonly verifier: Verifier
  /** For work on events outside of statements, with a folder that it can read. */
  readonly duckDb: DuckDBInstance
  readonly scratchFolder: string
  readonly clock: Clock
  /** Resolves when every stream is taken, or its trouble is known. */
  start(): Promise<void>
  /** Commits what is pending and lets go of everything. */
  close(): Promise<void>
}

/** What the profiles differ in. */
interface Stores {
  readonly eventLog: EventLog
  readonly liveStore: LiveStore
  /** All tables of the same store, by the names that it has for them. */
  readonly allTables: LiveStore
  readonly lake: Lake
  /** Where the lake's files can be read on this machine. */
  readonly lakeFolder: string
  /** Undefined where there is no Spark. */
  readonly spark?: SparkConnection | undefined
  close(): Promise<void>
}

/** What all streams share. */
interface Shared extends Stores {
  readonly config: Config
  readonly definitions: readonly StreamDefinition[]
  readonly tables: OpenedTables
  /** For events on their way. */
  readonly duckDb: DuckDBInstance
  /** For merges of the lake's files, and its checkpoints. */
  readonly filesDuckDb: DuckDBInstance
  readonly scratchFolder: string
  readonly spillFolder: string
  readonly progress: ReadonlyMap<string, StreamProgress>
  readonly clock: Clock
  readonly log: Log
}

/** Batches need some tens of megabytes, and more when their events are large. */
const ingestMemoryBytesMax = 2 * 2 ** 30
/** The largest merges sort more than this, and go by way of the disk. */
const mergeMemoryBytesMax = 512 * 2 ** 20
const answersBytesMax = 64 * 2 ** 20
const lakeFileBytes = 128 * 2 ** 20
const hourMs = 3_600_000

/**
 * Names the implementation of every interface, and puts the parts together.
 * @param engineEntry the compiled process of the query engine
 */
export async function compose(
  config: Config,
  log: Log,
  engineEntry = new URL('./query/engine-process.js', import.meta.url),
): Promise<Millrace> {
  const shared = await openShared(config, log)
  const { definitions, tables, clock, progress } = shared
  const mappedReader = new MappedReader(shared.allTables, clock)
  const engine = engineOf(shared, mappedReader, engineEntry)
  const spark = await sparkOf(shared, engine)
  const sparkChoice = spark && {
    ...{ engine: spark, planner: engine, limits: placementLimits(shared) },
    historyBytes: () => historyBytes(tables),
  }
  const timeoutMs = config.MILLRACE_QUERY_TIMEOUT * 1000
  const live = new LiveQueries({ engine, clock, timeoutMs })
  const { liveStore } = shared
  const cached = new CachedEngine({ engine, clock, bytesMax: answersBytesMax })
  const onChange = (): void => {
    live.namesChanged()
    cached.namesChanged()
  }
  const views = new LiveViews({ liveStore, engine: engine.views, clock, log, onChange })
  const mappedTables = new MappedTables({
    ...{ liveStore, reader: mappedReader, engine: engine.mappedTables, clock, log, onChange },
  })
  engine.onVisible(change => {
    progress.get(change.stream)?.becameVisible(change.positions, clock.now())
    cached.streamVisible(change)
    live.streamVisible(change)
  })
  engine.onSnapshot((stream, failure) => progress.get(stream)?.snapshotRead(failure))
  const ingesters = definitions.map(definition => ingesterOf(definition, engine, shared))
  const verifier = await openVerifier(shared, engine)
  return {
    definitions,
    eventLog: shared.eventLog,
    progress: [...progress.values()],
    queries: new Queries({
      ...{ server: cached, spark: sparkChoice, clock, timeoutMs },
      resolvers: [views, mappedTables],
    }),
    live,
    catalog: new CatalogReader({
      engine,
      hasSpark: spark !== undefined,
      definitions,
      tables: tables.byStream,
      mappings: () => mappedTables.all(),
    }),
    verifier,
    duckDb: shared.duckDb,
    scratchFolder: shared.scratchFolder,
    clock,
    async start() {
      engine.start()
      await Promise.all([views.start(), mappedTables.start()])
      await Promise.all(ingesters.map(ingester => ingester.start()))
    },
    async close() {
      live.close()
      await verifier.close()
      await Promise.all([views.close(), mappedTables.close()])
      await Promise.all(ingesters.map(ingester => ingester.stop()))
      await spark?.close()
      await engine.close()
      await shared.close()
      shared.duckDb.closeSync()
      shared.filesDuckDb.closeSync()
      await rm(shared.scratchFolder, { recursive: true, force: true })
    },
  }
}

async function openShared(config: Config, log: Log): Promise<Shared> {
  const clock = systemClock
  const home = config.MILLRACE_HOME
  const definitions = await loadStreamDefinitions(config.MILLRACE_STREAMS)
  const stores = await openStores(config, clock, log)
  const spillFolder = join(home, 'spill')
  await makeFolder(spillFolder)
  // More threads only spin: batches are small, and several of them are under way at a time.
  const duckDb = await openDuckDb({ threads: 1, memoryBytesMax: ingestMemoryBytesMax, spillFolder })
  // One of their own: merges take all the memory that they are given, and events would find none.
  const filesDuckDb = await openDuckDb({
    threads: 1,
    memoryBytesMax: mergeMemoryBytesMax,
    spillFolder,
  })
  const tables = await openTables(
    definitions,
    { lake: stores.lake, clock, openFiles: () => openParquetFiles(filesDuckDb) },
    {
      targetBytes: lakeFileBytes,
      fanIn: 4,
      checkpointEveryVersions: 20,
      historyMs: config.MILLRACE_LAKE_HISTORY_HOURS * hourMs,
    },
  )
  const progress = new Map(
    definitions.map(({ stream }) => [stream, new StreamProgress(stream, clock.now())]),
  )
  const scratchFolder = await openScratch(home)
  const duckDbs = { duckDb, filesDuckDb }
  const folders = { scratchFolder, spillFolder }
  return { ...stores, ...duckDbs, ...folders, config, definitions, tables, progress, clock, log }
}

function openStores(config: Config, clock: Clock, log: Log): Promise<Stores> {
  return config.MILLRACE_PROFILE === 'cluster'
    ? openClusterStores(config, clock, log)
    : openEmbeddedStores(config.MILLRACE_HOME, clock)
}

/** What only a cluster needs is loaded only there: its clients are a third of all that there is to load. */
async function openClusterStores(config: Config, clock: Clock, log: Log): Promise<Stores> {
  const [{ KafkaEventLog }, { HbaseLiveStore }, { HdfsLake }] = await Promise.all([
    import('./events/kafka-event-log.ts'),
    import('./live/hbase-live-store.ts'),
    import('./lake/hdfs-lake.ts'),
  ])
  const connections = await clusterConnections(config)
  const eventLog = new KafkaEventLog(connections.kafka, clock, log)
  const liveStore = new HbaseLiveStore(connections.hbase, clock)
  const everywhere = { ...connections.hbase, namespace: 'default', tablePrefix: '' }
  const allTables = new HbaseLiveStore(everywhere, clock)
  const lake = await HdfsLake.open(connections.hdfs, clock)
  return {
    eventLog,
    liveStore,
    allTables,
    lake,
    lakeFolder: lakeCacheFolder(config),
    spark: config.MILLRACE_SPARK === '' ? undefined : connections.spark,
    async close() {
      await eventLog.close()
      await liveStore.close()
      await allTables.close()
      await lake.close()
    },
  }
}

async function openEmbeddedStores(home: string, clock: Clock): Promise<Stores> {
  const eventLog = await EmbeddedEventLog.open(join(home, 'log'), clock)
  const liveStore = await EmbeddedLiveStore.open(join(home, 'live'), clock)
  const lakeFolder = join(home, 'lake')
  const lake = await LocalLake.open(lakeFolder)
  return {
    eventLog,
    liveStore,
    allTables: liveStore,
    lake,
    lakeFolder,
    async close() {
      await eventLog.close()
      await liveStore.close()
    },
  }
}

function engineOf(shared: Shared, mappedReader: MappedReader, entry: URL): DuckDbEngine {
  const { config, definitions, lake, lakeFolder, scratchFolder, spillFolder, clock, log } = shared
  return new DuckDbEngine({
    startProcess: (handlers, childLog) => startEngineProcess(entry, handlers, childLog),
    setup: {
      streams: definitions,
      threads: config.MILLRACE_QUERY_THREADS,
      memoryBytesMax: config.MILLRACE_QUERY_MEMORY_GB * 2 ** 30,
      readableFolders: [lakeFolder],
      scratchFolder,
      spillFolder,
    },
    lake,
    tables: shared.tables.byStream,
    mappedReader,
    clock,
    log,
  })
}

async function sparkOf(
  { config, definitions, duckDb, spark: connection }: Shared,
  tailSource: QueryEngine,
): Promise<QueryEngine | undefined> {
  if (connection === undefined) return undefined
  const [{ SparkEngine }, { SparkTranslator }] = await Promise.all([
    import('./query/spark-engine.ts'),
    import('./query/spark-translator.ts'),
  ])
  const lakeUrl = config.MILLRACE_SPARK_LAKE
  const translator = new SparkTranslator(() => duckDb.connect())
  return new SparkEngine({ connection, translator, tailSource, definitions, lakeUrl })
}

function placementLimits({ config, lake }: Shared): PlacementLimits {
  return {
    serverBytesMax: config.MILLRACE_SPARK_ABOVE_GB * 2 ** 30,
    localBytesMax: lake.localBytesMax,
  }
}

function historyBytes({ byStream }: OpenedTables): number {
  let bytes = 0
  for (const { events } of byStream.values()) {
    for (const { size } of events.snapshot.files.values()) bytes += size
  }
  return bytes
}

function ingesterOf(
  definition: StreamDefinition,
  follower: DuckDbEngine,
  shared: Shared,
): Ingester {
  const { eventLog, liveStore, lake, duckDb, scratchFolder, clock, log, config } = shared
  const { stream } = definition
  const tables = shared.tables.byStream.get(stream)
  const progress = shared.progress.get(stream)
  invariant(tables && progress, `the stream ${stream} has tables`)
  const maintenance = shared.tables.maintenanceOf(stream)
  const own = { definition, tables, maintenance, progress, follower }
  const openPending = () => DuckDbPendingRows.open(duckDb, definition, scratchFolder)
  const parts = { ...own, eventLog, liveStore, lake, openPending, clock, log }
  return new Ingester(parts, ingestSettings(config))
}

function openVerifier(shared: Shared, follower: DuckDbEngine): Promise<Verifier> {
  return Verifier.open({
    ...shared,
    tables: shared.tables.byStream,
    reportsFolder: join(shared.config.MILLRACE_HOME, 'verified'),
    onChange: stream => follower.committed(stream),
  })
}

function ingestSettings(config: Config): IngestSettings {
  return {
    retention: {
      ageMsMax: config.MILLRACE_LOG_DAYS * 24 * hourMs,
      bytesMax: config.MILLRACE_LOG_GB * 2 ** 30,
    },
    lingerMs: config.MILLRACE_LINGER_MS,
    batchBytesMax: 16 * 2 ** 20,
    commitEveryMs: config.MILLRACE_COMMIT_EVERY * 1000,
    commitRowsMax: config.MILLRACE_COMMIT_ROWS,
  }
}

/** A folder for values on their way into DuckDB: in memory where there is such a place, empty, and this process's own. */
async function openScratch(home: string): Promise<string> {
  const name = `millrace-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`
  const isShared = await access('/dev/shm', constants.W_OK).then(
    () => true,
    () => false,
  )
  const folder = isShared ? join('/dev/shm', name) : join(home, 'scratch')
  await rm(folder, { recursive: true, force: true })
  await makeFolder(folder)
  return folder
}
