import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { clusterProfile } from '../../cluster/testing/cluster-profile.ts'
import { silentLog } from '../base/log.ts'
import { compose, type Millrace } from '../compose.ts'
import { readConfig } from '../config.ts'
import { jsonOf } from '../query/arrow-json.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'

const program = new URL('../../dist/backend/main.js', import.meta.url).pathname
const engineEntry = new URL('../../dist/backend/query/engine-process.js', import.meta.url)
const waitMsMax = 60_000
const settings = clusterProfile(inject('cluster'))
const running: Millrace[] = []
let appended = 0

beforeAll(async () => {
  await startOne()
  await startOne()
})

afterAll(() => Promise.all(running.map(millrace => millrace.close())))

/** All share topics, tables and the lake; each has a folder of its own. */
async function startOne(): Promise<Millrace> {
  const folder = await makeTemporaryFolder()
  const places = { MILLRACE_HOME: folder, MILLRACE_LAKE_CACHE: `${folder}/cache` }
  const millrace = await compose(readConfig({ ...settings, ...places }), silentLog, engineEntry)
  await millrace.start()
  running.push(millrace)
  return millrace
}

/** A Millrace in a process of its own, once it answers. */
async function startProcess(): Promise<ChildProcess> {
  const folder = await makeTemporaryFolder()
  const places = { MILLRACE_HOME: folder, MILLRACE_LAKE_CACHE: `${folder}/cache` }
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, ...settings, ...places, MILLRACE_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function append(millrace: Millrace, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, n) => ({
    key: String(n),
    value: Buffer.from(
      JSON.stringify({
        event_time: new Date(Date.UTC(2026, 0, 1)).toISOString(),
        event_type: 'view',
        product_id: appended + n,
        price: '1.00',
        user_id: n,
      }),
    ),
  }))
  await millrace.eventLog.append('events', records)
  appended += count
}

async function firstRow({ queries }: Millrace, sql: string): Promise<unknown> {
  const signal = new AbortController().signal
  const { result } = await queries.run({ sql, engine: 'server', params: {} }, signal)
  let text = ''
  for await (const part of jsonOf(result.messages)) text += part
  return (JSON.parse(text) as { rows: unknown[] }).rows[0]
}

/** How many events a statement finds, and how many different ones. */
function countsAt(millrace: Millrace): Promise<unknown> {
  const sql = 'SELECT count(*)::INTEGER, count(DISTINCT product_id)::INTEGER FROM events'
  return firstRow(millrace, sql)
}

/** In the lake, as one Millrace knows it: from its own commits and from those of others. */
function committedAt(millrace: Millrace): number {
  const status = millrace.progress
    .map(progress => progress.status(Date.now()))
    .find(({ stream }) => stream === 'events')
  return status?.partitions.reduce((sum, part) => sum + part.committedOffset, 0) ?? 0
}

async function seesAll(millrace: Millrace): Promise<void> {
  const all = [appended, appended]
  await expect.poll(() => countsAt(millrace), { timeout: waitMsMax, interval: 200 }).toEqual(all)
}

test('two processes that share a stream both see all of it, while it arrives and in the lake', async () => {
  for (let round = 0; round < 10; round++) {
    for (const millrace of running) await append(millrace, 300)
  }
  await Promise.all(running.map(seesAll))
  await expect.poll(() => running.map(committedAt), { timeout: waitMsMax }).toEqual([6_000, 6_000])
  await Promise.all(running.map(seesAll))
})

test('when one ends, the other takes all, and one that comes later takes its part', async () => {
  const [first] = running
  if (first === undefined) throw new Error('there is a first one')
  await append(first, 1_000)
  await running.pop()?.close()
  await append(first, 1_000)
  await seesAll(first)
  const third = await startOne()
  await append(third, 1_000)
  await Promise.all(running.map(seesAll))
  await expect.poll(() => committedAt(first), { timeout: waitMsMax }).toBe(9_000)
})

test('one that is killed while events arrive loses nothing and repeats nothing', async () => {
  const [first] = running
  if (first === undefined) throw new Error('there is a first one')
  const child = await startProcess()
  for (let round = 0; round < 30; round++) {
    await append(first, 100)
    await new Promise(resolve => setTimeout(resolve, 100))
    if (round === 20) child.kill('SIGKILL')
  }
  await Promise.all(running.map(seesAll))
  await expect.poll(() => committedAt(first), { timeout: waitMsMax }).toBe(appended)
  await seesAll(first)
})

test('a live view that one makes is there for the other, and gone when that one drops it', async () => {
  const [first, second] = running
  if (first === undefined || second === undefined) throw new Error('there are two')
  const select = 'SELECT user_id % 3 AS third, count(*) AS n FROM events GROUP BY 1'
  const created = await firstRow(first, `CREATE LIVE VIEW thirds AS ${select}`)
  expect(created).toEqual(['thirds', 'created'])
  const sumAt = (millrace: Millrace) =>
    firstRow(millrace, 'SELECT sum(n)::INTEGER FROM live.thirds').catch(({ code }) => code)
  await append(first, 600)
  for (const millrace of running) {
    await expect.poll(() => sumAt(millrace), { timeout: waitMsMax }).toEqual([appended])
  }
  await expect(
    firstRow(second, 'CREATE LIVE VIEW thirds AS SELECT count(*) AS n FROM events'),
  ).rejects.toThrow(/another SELECT/)
  expect(await firstRow(second, 'DROP LIVE VIEW thirds')).toEqual(['thirds', 'dropped'])
  await expect.poll(() => sumAt(first), { timeout: waitMsMax }).toBe('sql-unknown-name')
  const again = await firstRow(first, `CREATE LIVE VIEW thirds AS ${select}`)
  expect(again).toEqual(['thirds', 'created'])
})
