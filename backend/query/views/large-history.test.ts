import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { makeFolder } from '../../base/durable-file.ts'
import { Failure } from '../../base/failure.ts'
import { FileCache } from '../../lake/file-cache.ts'
import type { Lake } from '../../lake/lake.ts'
import { openEmbeddedEngine, rowsOf } from '../../testing/embedded-engine.ts'
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts'

/*
 * Live views over a history of which only a part may lie on this machine.
 */

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>

const days = 24
const perDay = 3_000
const perDaySql = `SELECT "at"::DATE::VARCHAR AS day, count(*) AS n, sum(id)::BIGINT AS total FROM orders GROUP BY ALL`

let opened: Opened
let produced = 0
/** What of each day there must be: its name, how many orders, and the sum of their ids. */
const expectedDays: [string, number, number][] = Array.from({ length: days }, (_, day) => [
  new Date(Date.UTC(2019, 9, 1 + day)).toISOString().slice(0, 10),
  0,
  0,
])
/** What keeps a file from being fetched. */
let hindrance: (path: string) => Promise<void> = async () => {}

beforeAll(async () => {
  const folder = await makeTemporaryFolder()
  opened = await openEmbeddedEngine(folder, { commitEveryMs: 50 })
  await produce(days * perDay)
  await opened.run('SELECT 1', { after: await opened.endOffsets() })
  const files = () => opened.tables.events.snapshot.files.size
  await vi.waitFor(() => expect(files()).toBeGreaterThanOrEqual(days), 10_000)
  await keepLittle(join(folder, 'lake', 'copies'))
})
afterAll(() => opened.close())

async function produce(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    const id = produced++
    const day = expectedDays[id % days] ?? ['', 0, 0]
    day[1]++
    day[2] += id
    return JSON.stringify({ at: `${day[0]} 12:00:00`, id })
  })
  await opened.produce(events)
}

/**
 * From now on the lake's files are elsewhere, and less than half of what they are now may lie here. A merge takes nearly all
 * of so small a table, so there is room for two of those.
 */
async function keepLittle(folder: string): Promise<void> {
  const { files } = opened.tables.events.snapshot
  const bytes = [...files.values()].reduce((sum, { size }) => sum + size, 0)
  const { lake } = opened
  const original = lake.localPath.bind(lake)
  await makeFolder(folder)
  const cache = await FileCache.open(
    {
      folder,
      bytesMax: 0.8 * bytes,
      graceMs: 0,
      download: async (path, target) => {
        await hindrance(path)
        await copyFile(original(path), target)
      },
    },
    systemClock,
  )
  Object.assign(lake, {
    localBytesMax: 0.4 * bytes,
    localPath: path => cache.localPath(path),
    localFiles: (user, paths, options) => cache.use(user, paths, options),
  } satisfies Partial<Lake>)
  opened.engine.committed('orders')
  await vi.waitFor(async () => expect((await planned('FROM orders'))?.isHere).toBe(false))
}

async function planned(sql: string) {
  const [scan] = await opened.engine.plan({ sql, params: {} }, new AbortController().signal)
  return scan
}

async function rows(sql: string, options = {}): Promise<unknown[][]> {
  return rowsOf(await opened.run(sql, options))
}

test('a live view is made of a history that does not fit here, and stays exact', async () => {
  await expect(rows('SELECT sum(id) FROM orders')).rejects.toMatchObject({
    code: 'lake-cache-full',
  })
  await opened.engine.views.add({ name: 'days', id: '1', sql: perDaySql })
  await expect
    .poll(() => rows('FROM live.days ORDER BY day').catch(() => []), {
      timeout: 20_000,
    })
    .toEqual(expectedDays)
  expect(await planned('FROM live.days')).toBeUndefined()
  for (let n = 0; n < 40; n++) {
    await produce(1 + (n % 30))
    const read = await rows('FROM live.days ORDER BY day', { after: await opened.endOffsets() })
    expect(read).toEqual(expectedDays)
    await new Promise(resolve => setTimeout(resolve, n % 60))
  }
}, 60_000)

test('while it is being made it says so, and why it does not go on', async () => {
  let isAway = true
  let fetched = 0
  hindrance = async () => {
    if (isAway && ++fetched > 5) throw new Failure('lake-unavailable', 'HDFS does not answer.')
  }
  await opened.engine.views.add({ name: 'whole', id: '1', sql: 'SELECT count(*) AS n FROM orders' })
  await expect
    .poll(() => rows('FROM live.whole').catch(String))
    .toMatch(
      /live view whole is being made: \d+ of \d+ files .* cannot be fetched just now: HDFS does not/,
    )
  await produce(10)
  isAway = false
  await expect
    .poll(() => rows('FROM live.whole').catch(String), { timeout: 20_000 })
    .toEqual([[produced]])
  hindrance = async () => {}
  await expect
    .poll(() => rows(`SELECT is_complete, problem FROM millrace.live_views WHERE name = 'whole'`))
    .toEqual([[true, null]])
  await opened.engine.views.remove('whole')
}, 60_000)

test('a view that is replaced while it is being made leaves nothing behind', async () => {
  const waiting: (() => void)[] = []
  hindrance = () => new Promise(resolve => waiting.push(resolve))
  const tables = `SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'stuck %'`
  await opened.engine.views.add({ name: 'stuck', id: '1', sql: perDaySql })
  await expect
    .poll(() => rows('FROM live.stuck').catch((error: unknown) => error))
    .toMatchObject({ code: 'view-being-made', message: /^The live view stuck is being made: / })
  hindrance = async () => {}
  await opened.engine.views.add({
    name: 'stuck',
    id: '2',
    sql: 'SELECT max(id) AS last FROM orders',
  })
  for (const go of waiting) go()
  await expect
    .poll(() => rows('FROM live.stuck').catch(String), { timeout: 20_000 })
    .toEqual([[produced - 1]])
  await expect.poll(() => rows(tables)).toEqual([[2]])
  await opened.engine.views.remove('stuck')
  await expect.poll(() => rows(tables)).toEqual([[0]])
}, 60_000)
