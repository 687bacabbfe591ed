import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../backend/base/clock.ts'
import { openDuckDb } from '../backend/base/duckdb.ts'
import { silentLog } from '../backend/base/log.ts'
import { clusterConnections } from '../backend/cluster-connections.ts'
import { type Config, readConfig } from '../backend/config.ts'
import { EmbeddedEventLog } from '../backend/events/embedded-event-log.ts'
import type { EventLog, ReadResult } from '../backend/events/event-log.ts'
import { KafkaEventLog } from '../backend/events/kafka-event-log.ts'
import {
  loadStreamDefinitions,
  partitionCountOf,
  type StreamDefinition,
} from '../backend/events/stream-definition.ts'
import { DuckDbPendingRows } from '../backend/ingest/duckdb-pending-rows.ts'
import type { IngestParts, IngestSettings } from '../backend/ingest/ingest-parts.ts'
import { Ingester } from '../backend/ingest/ingester.ts'
import { openParquetFiles, openTables } from '../backend/ingest/open-tables.ts'
import { StreamProgress } from '../backend/ingest/stream-progress.ts'
import { HdfsLake } from '../backend/lake/hdfs-lake.ts'
import type { Lake } from '../backend/lake/lake.ts'
import { LocalLake } from '../backend/lake/local-lake.ts'
import { EmbeddedLiveStore } from '../backend/live/embedded-live-store.ts'
import { HbaseLiveStore } from '../backend/live/hbase-live-store.ts'
import type { LiveStore } from '../backend/live/live-store.ts'
import { Tail } from '../backend/live/tail.ts'
import { Shop } from '../sample-data/shop.ts'
import { profileSettings } from './profile.ts'
import { type SparkStreamingOptions, sparkStreaming } from './spark-streaming.ts'
import { withFolder } from './started-millrace.ts'

const topic = 'events'
const batchBytesMax = 16 * 2 ** 20
const endless = { ageMsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY }
const settings: IngestSettings = {
  retention: endless,
  lingerMs: 10,
  batchBytesMax,
  commitEveryMs: 5_000,
  commitRowsMax: 500_000,
}

/**
 * Events a second from a backlog in the log to the committed lake and the live store both, in one process; and
 * what each stage takes when it runs alone on the same events.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '2000000' },
      profile: { type: 'string', default: 'embedded' },
    },
  })
  const count = Number(values.events)
  await withFolder(async folder => {
    const parts = await openParts(folder, values.profile)
    await measure('append to the log', count, () => fill(parts, count))
    const reads: ReadResult[] = []
    await measure('read the log', count, () => readAll(parts, reads))
    const stages = [
      await measure('write the tail', count, () => writeTail(parts, reads)),
      await measure('decode and validate', count, () => decode(parts, reads)),
    ]
    reads.length = 0
    const whole = await measure('ingest: log to live store and lake', count, () =>
      ingest(parts, count),
    )
    const aim = values.profile === 'embedded' ? ', aim 150 k' : ''
    console.log(
      `\n${describe(count / whole.seconds)} events/s${aim}; ${whole.cores.toFixed(2)} cores busy`,
    )
    const alone = stages.reduce((sum, stage) => sum + stage.seconds, 0)
    console.log(
      `decode and tail alone, one after the other: ${(alone / whole.seconds).toFixed(2)} of its time`,
    )
    if (parts.config !== undefined) await compareWithSpark(parts, parts.config, whole, count)
    await parts.close()
  })
}

/** Spark writes one store of the two. Its server is quicker when it does a thing again. */
async function compareWithSpark(
  { definition }: Parts,
  config: Config,
  whole: Measured,
  count: number,
): Promise<void> {
  for (const run of ['first', 'second']) {
    const path = `${config.MILLRACE_HDFS_ROOT}-spark-${run}`
    const options: SparkStreamingOptions = {
      spark: config.MILLRACE_SPARK,
      brokers: config.MILLRACE_KAFKA_BROKERS,
      topic: `${config.MILLRACE_KAFKA_TOPIC_PREFIX}${topic}`,
      definition,
      rowsPerBatch: settings.commitRowsMax,
      url: new URL(path, config.MILLRACE_SPARK_LAKE).href,
    }
    const seconds = await sparkStreaming(options, count)
    const ratio = (seconds / whole.seconds).toFixed(1)
    console.log(
      `Spark Structured Streaming, to Delta alone, ${run} run: ${describe(count / seconds)} events/s; ours is ${ratio} times that, aim 4`,
    )
  }
}

interface Measured {
  readonly seconds: number
  readonly cores: number
}

export async function measure(
  name: string,
  count: number,
  work: () => Promise<void>,
): Promise<Measured> {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  const cpuMicros = used.user + used.system
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20)
  console.log(
    `${name.padEnd(38)} ${describe(count / seconds).padStart(7)} events/s  ${(cpuMicros / count).toFixed(2)} µs of CPU an event  RSS ${rss} MB`,
  )
  return { seconds, cores: cpuMicros / 1e6 / seconds }
}

function describe(perSecond: number): string {
  return `${Math.round(perSecond / 1000)} k`
}

type Parts = Awaited<ReturnType<typeof openParts>>

export async function openParts(folder: string, profile: string) {
  const clock = systemClock
  const streams = join(import.meta.dirname, '..', '..', 'sample-data', 'streams')
  const definition = (await loadStreamDefinitions(streams)).find(({ stream }) => stream === topic)
  if (!definition) throw new Error(`no definition of ${topic}`)
  const scratchFolder = await mkdtemp(
    join(existsSync('/dev/shm') ? '/dev/shm' : folder, 'millrace-'),
  )
  const memory = { memoryBytesMax: 2 * 2 ** 30, spillFolder: join(folder, 'spill') }
  const duckDb = await openDuckDb({ threads: 1, ...memory })
  const stores: Stores =
    profile === 'cluster' ? await clusterStores(folder) : await embeddedStores(folder)
  return {
    definition,
    duckDb,
    ...stores,
    scratchFolder,
    clock,
    async close() {
      await stores.eventLog.close()
      await stores.liveStore.close()
      await stores.lake.close()
      duckDb.closeSync()
      await rm(scratchFolder, { recursive: true })
    },
  }
}

interface Stores {
  readonly eventLog: EventLog
  readonly liveStore: LiveStore
  readonly lake: Lake
  /** On the cluster profile: where the cluster is. */
  readonly config?: Config
}

async function embeddedStores(folder: string): Promise<Stores> {
  return {
    eventLog: await EmbeddedEventLog.open(join(folder, 'log'), systemClock),
    liveStore: await EmbeddedLiveStore.open(join(folder, 'live'), systemClock),
    lake: await LocalLake.open(join(folder, 'lake')),
  }
}

async function clusterStores(folder: string): Promise<Stores> {
  const config = readConfig({ ...process.env, ...profileSettings('cluster', folder) })
  const connections = await clusterConnections(config)
  return {
    config,
    eventLog: new KafkaEventLog(connections.kafka, systemClock, silentLog),
    liveStore: new HbaseLiveStore(connections.hbase, systemClock),
    lake: await HdfsLake.open(connections.hdfs, systemClock),
  }
}

async function fill({ eventLog, definition }: Parts, count: number): Promise<void> {
  await eventLog.ensureTopic(topic, {
    partitionCount: partitionCountOf(definition),
    retention: endless,
  })
  const until = Date.now()
  const shop = new Shop({ seed: 1 })
  const days = 14 * 86_400_000
  let appending: Promise<unknown> = Promise.resolve()
  for (const records of shop.history({ from: until - days, until, count })) {
    await appending
    appending = eventLog.append(topic, records)
  }
  await appending
}

async function readAll({ eventLog, definition }: Parts, reads: ReadResult[]): Promise<void> {
  const positions = startOf(definition)
  for (;;) {
    const read = await eventLog.read(topic, positions, { bytesMax: batchBytesMax, waitMsMax: 0 })
    if (read.batches.length === 0) return
    for (const { partition, nextOffset } of read.batches) positions.set(partition, nextOffset)
    reads.push(read)
  }
}

async function writeTail({ liveStore, clock }: Parts, reads: readonly ReadResult[]): Promise<void> {
  const tail = await Tail.open(liveStore, clock, { stream: 'alone', topicId: 'alone' })
  for (const { batches } of reads) await tail.write(batches)
}

async function decode(parts: Parts, reads: readonly ReadResult[]): Promise<void> {
  const pending = await openPending(parts)
  for (const { batches } of reads) await pending.add(batches)
  await pending.close()
}

function openPending({ duckDb, definition, scratchFolder }: Parts): Promise<DuckDbPendingRows> {
  return DuckDbPendingRows.open(duckDb, definition, scratchFolder)
}

export async function ingest(parts: Parts, count: number): Promise<void> {
  const { definition, lake, duckDb, clock } = parts
  const tables = await openTables(
    [definition],
    { lake, clock, openFiles: () => openParquetFiles(duckDb) },
    {
      targetBytes: 128 * 2 ** 20,
      fanIn: 4,
      checkpointEveryVersions: 20,
      historyMs: 3_600_000,
    },
  )
  const own = tables.byStream.get(topic)
  if (!own) throw new Error('no tables')
  const progress = new StreamProgress(topic, clock.now())
  let inTail = 0
  const ingestParts: IngestParts = {
    ...parts,
    tables: own,
    maintenance: tables.maintenanceOf(topic),
    openPending: () => openPending(parts),
    progress,
    follower: {
      begun() {},
      tailWritten(_, batches) {
        for (const batch of batches) inTail += batch.count
      },
      committed() {},
    },
    log: { info() {}, warn: console.warn, error: console.error },
  }
  const ingester = new Ingester(ingestParts, settings)
  await ingester.start()
  while (inTail < count) await clock.sleep(20)
  // It commits what is left, and does not wait for more.
  await ingester.stop()
  const { partitions } = progress.status(clock.now())
  const committed = partitions.reduce((sum, part) => sum + part.committedOffset, 0)
  if (committed !== count) throw new Error(`${committed} of ${count} events are in the lake`)
}

function startOf(definition: StreamDefinition): Map<number, number> {
  const partitions = Array.from(
    { length: partitionCountOf(definition) },
    (_, partition) => partition,
  )
  return new Map(partitions.map(partition => [partition, 0]))
}
