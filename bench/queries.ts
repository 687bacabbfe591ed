import { mkdir, readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../backend/base/clock.ts'
import { openDuckDb } from '../backend/base/duckdb.ts'
import { loadStreamDefinitions } from '../backend/events/stream-definition.ts'
import { eventsTable } from '../backend/ingest/stream-tables.ts'
import { Checkpoints, ParquetActionFiles } from '../backend/lake/checkpoint.ts'
import { DeltaTable } from '../backend/lake/delta-table.ts'
import { LocalLake } from '../backend/lake/local-lake.ts'
import { medianMs } from './percentiles.ts'
import { pythonWith } from './python.ts'
import { queryStatements } from './query-statements.ts'
import { sparkMs } from './spark-queries.ts'
import { asNewText, type StartedMillrace, withFolder, withMillrace } from './started-millrace.ts'
import { wasmMs } from './wasm-queries.ts'

const repeats = 5
const settledMs = 10_000
const names = Object.keys(queryStatements)
const statements = Object.values(queryStatements)

type Column = readonly [title: string, ms: readonly number[]]

/**
 * Analysts' statements, from the request to the last byte of Arrow, against DuckDB's own Python API on the same files
 * with as many threads; with `--spark` also on the Spark that the settings name, and with `--wasm-events` in the DuckDB
 * of pages over so many rows that are loaded already. With `--folder` the events stay there, and are taken from there.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '20m' },
      spark: { type: 'boolean', default: false },
      'wasm-events': { type: 'string', default: '1m' },
      folder: { type: 'string' },
    },
  })
  const python = pythonWith('duckdb==1.5.6', 'pyarrow')
  if (python === undefined) throw new Error('DuckDB for Python cannot be had: is there a Python?')
  const demo = { MILLRACE_DEMO_HISTORY: String(millions(values.events)), MILLRACE_DEMO_RATE: '0' }
  const within = values.folder === undefined ? withFolder : withKeptFolder(values.folder)
  await within(async folder => {
    const home = join(folder, 'home')
    const places = { MILLRACE_HOME: home, MILLRACE_NOTEBOOKS: join(folder, 'notebooks') }
    await withMillrace({ ...places, MILLRACE_DEMO: 'on', ...demo }, async millrace => {
      await untilQuiet(millrace)
      const table = await tableIn(home)
      const { definitions, version, ...scanned } = table
      const task = { ...scanned, threads: cpus().length, repeats, statements }
      const ours = await serverMs(millrace, 'anew')
      const bare = await bareMs(python, task)
      const again = await serverMs(millrace, 'anew')
      const server = ours.map((ms, index) => Math.min(ms, again[index] ?? ms))
      const columns: Column[] = [
        ['server', server],
        ['repeated', await serverMs(millrace, 'repeated')],
        ['bare', bare],
      ]
      if (values.spark) {
        const lakeUrl = `file://${join(home, 'lake')}`
        const spark = await sparkMs({ statements, repeats, definitions, lakeUrl, version })
        columns.push(['spark', spark])
      }
      console.log(`${values.events} events in ${table.files.length} files`)
      report(columns, ['server', 'bare'])
      const rows = millions(values['wasm-events'])
      const names = table.columns.map(name => `"${name}"`).join(', ')
      const loaded = await millrace.arrow(`SELECT ${names} FROM events LIMIT ${rows}`)
      const wasm: Column = ['wasm', await wasmMs(loaded, statements, repeats)]
      const native: Column = ['native', await bareMs(python, { ...task, rows })]
      console.log(`${values['wasm-events']} events that are loaded`)
      report([wasm, native], ['wasm', 'native'])
    })
  })
}

/** A folder that is there for the next run as well. */
function withKeptFolder(path: string): typeof withFolder {
  return async work => {
    await mkdir(path, { recursive: true })
    await work(resolve(path))
  }
}

function millions(text: string): number {
  return Number(text.replace(/m$/i, '')) * 1e6
}

/** Milliseconds of each statement, and how those of one column stand to those of another. */
function report(columns: readonly Column[], [of, to]: readonly [string, string]): void {
  const cell = (text: string): string => text.padStart(9)
  const msOf = (title: string, index: number): number =>
    columns.find(([each]) => each === title)?.[1][index] ?? Number.NaN
  const ratios = names.map((_, index) => msOf(of, index) / msOf(to, index))
  const titles = [...columns.map(([title]) => title), 'ratio']
  console.log(`${'ms'.padEnd(12)}${titles.map(cell).join('')}`)
  for (const [index, name] of names.entries()) {
    const figures = columns.map(([, ms]) => (ms[index] ?? Number.NaN).toFixed(1))
    console.log(
      `${name.padEnd(12)}${[...figures, ratios[index]?.toFixed(2) ?? ''].map(cell).join('')}`,
    )
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  const [median, most] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  console.log(`${of} / ${to}: median ${median?.toFixed(2)}, most ${most?.toFixed(2)}`)
}

/** Median milliseconds of each statement: worked out anew each time, or asked again as it is. */
async function serverMs(millrace: StartedMillrace, how: 'anew' | 'repeated'): Promise<number[]> {
  const medians: number[] = []
  for (const sql of statements) {
    if (how === 'repeated') await millrace.drainArrow(sql)
    const ask = async (): Promise<void> => {
      await millrace.drainArrow(how === 'anew' ? asNewText(sql) : sql)
    }
    medians.push(await medianMs(repeats, ask))
  }
  return medians
}

async function bareMs(
  python: NonNullable<ReturnType<typeof pythonWith>>,
  task: object,
): Promise<number[]> {
  const file = join(import.meta.dirname, '..', '..', 'bench', 'queries.py')
  return (await python.json(await readFile(file, 'utf8'), [JSON.stringify(task)])) as number[]
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

/** The newest snapshot of `events`. */
async function tableIn(home: string) {
  const streams = join(import.meta.dirname, '..', '..', 'sample-data', 'streams')
  const definitions = await loadStreamDefinitions(streams)
  const definition = definitions.find(({ stream }) => stream === 'events')
  if (!definition) throw new Error('events is defined')
  const lake = await LocalLake.open(join(home, 'lake'))
  const duckDb = await openDuckDb({ threads: 1, memoryBytesMax: 2 ** 29, spillFolder: home })
  const checkpoints = new Checkpoints(lake, new ParquetActionFiles(await duckDb.connect()))
  const table = await DeltaTable.open(eventsTable(definition), {
    lake,
    clock: systemClock,
    checkpoints,
  })
  const { files, version } = table.snapshot
  return {
    definitions,
    version,
    files: [...files.keys()].map(path => lake.localPath(table.filePath(path))),
    columns: definition.columns.map(({ name }) => name),
  }
}
