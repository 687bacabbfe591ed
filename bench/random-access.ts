import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../backend/base/clock.ts'
import { clusterConnections } from '../backend/cluster-connections.ts'
import { readConfig } from '../backend/config.ts'
import { EmbeddedLiveStore } from '../backend/live/embedded-live-store.ts'
import { HbaseLiveStore } from '../backend/live/hbase-live-store.ts'
import type { LiveStore, Row } from '../backend/live/live-store.ts'
import { ValueCodec } from '../backend/live/value-codec.ts'
import { percentiles } from './percentiles.ts'
import { profileSettings } from './profile.ts'
import { type StartedMillrace, withFolder, withMillrace } from './started-millrace.ts'

const batchRows = 5_000
const warmUps = 500
const aimMs = 25
const userId = new ValueCodec('BIGINT', 'binary')
const score = new ValueCodec('DOUBLE', 'binary')

/**
 * Milliseconds from the request to the last byte of `SELECT … FROM hbase.people WHERE user_id = ?`, over tables of several
 * sizes, beside a statement that reads nothing.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '1m,10m' },
      reads: { type: 'string', default: '2000' },
      profile: { type: 'string', default: 'embedded' },
    },
  })
  const sizes = values.rows.split(',').map(sizeOf)
  const reads = Number(values.reads)
  await withFolder(async folder => {
    const settings = profileSettings(values.profile, folder)
    for (const size of sizes) await fill(settings, `people_${size}`, size)
    await withMillrace({ ...settings, MILLRACE_DEMO: 'off' }, async millrace => {
      await measure('SELECT 1', reads, () => timed(millrace, 'SELECT 1'))
      for (const size of sizes) {
        await millrace.arrow(`CREATE HBASE TABLE people_${size} (user_id BIGINT KEY, name VARCHAR CELL 'd:name' NOT NULL,
          score DOUBLE CELL 'd:score', city VARCHAR CELL 'd:city')
          FROM '${settings.MILLRACE_HBASE_TABLE_PREFIX ?? ''}people_${size}'`)
        await measure(`of ${size.toLocaleString('en')} rows`, reads, () =>
          timed(
            millrace,
            `SELECT name, score FROM hbase.people_${size} WHERE user_id = ${anyOf(size)}`,
          ),
        )
      }
      console.log(`aim: p99 of at most ${aimMs} ms, whatever the size`)
    })
  })
}

async function measure(what: string, reads: number, ask: () => Promise<number>): Promise<void> {
  for (let n = 0; n < warmUps; n++) await ask()
  const times: number[] = []
  for (let n = 0; n < reads; n++) times.push(await ask())
  console.log(`${what.padEnd(20)} ${percentiles(times.map(time => Math.round(time * 10) / 10))}`)
}

async function timed(millrace: StartedMillrace, sql: string): Promise<number> {
  const begun = performance.now()
  await millrace.arrow(sql)
  return performance.now() - begun
}

async function fill(
  settings: Readonly<Record<string, string>>,
  table: string,
  size: number,
): Promise<void> {
  const store = await openStore(settings)
  const begun = performance.now()
  await store.ensureTable(table, { d: { versionsMax: 1 } })
  for (let first = 0; first < size; first += batchRows) {
    const count = Math.min(batchRows, size - first)
    await store.put(
      table,
      Array.from({ length: count }, (_, n) => person(first + n)),
    )
  }
  const seconds = (performance.now() - begun) / 1000
  console.log(`${size.toLocaleString('en')} rows put in ${Math.round(seconds)} s`)
  await store.close()
}

async function openStore(settings: Readonly<Record<string, string>>): Promise<LiveStore> {
  const config = readConfig({ ...process.env, ...settings })
  if (config.MILLRACE_PROFILE === 'embedded') {
    return EmbeddedLiveStore.open(join(config.MILLRACE_HOME, 'live'), systemClock)
  }
  return new HbaseLiveStore((await clusterConnections(config)).hbase, systemClock)
}

function person(id: number): Row {
  const cell = (column: string, value: Buffer) => ({ column, timestamp: 1, value })
  return {
    key: userId.encode(BigInt(id)) ?? Buffer.alloc(0),
    cells: [
      cell('d:name', Buffer.from(`person number ${id}`)),
      cell('d:score', score.encode(id / 7) ?? Buffer.alloc(0)),
      cell('d:city', Buffer.from(`city ${id % 1000}`)),
    ],
  }
}

function anyOf(size: number): number {
  return Math.floor(Math.random() * size)
}

function sizeOf(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) * 1_000_000 : Number(text)
}
