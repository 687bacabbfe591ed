import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Fetching } from '../../contract/query.ts'
import type { Lake } from '../../lake/lake.ts'
import { openEmbeddedEngine, rowsOf } from '../../testing/embedded-engine.ts'
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts'
import { placeScans } from '../placement.ts'
import type { StreamScan } from '../query-engine.ts'

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>

const days = 8
const perDay = 25
const whole = Number.POSITIVE_INFINITY
const gigabyte = 2 ** 30
let opened: Opened

/** A file a day: the lake's files lie by date. */
beforeAll(async () => {
  opened = await openEmbeddedEngine(await makeTemporaryFolder(), { commitEveryMs: 1e9 })
  await opened.produce(Array.from({ length: days * perDay }, (_, id) => orderOf(id)))
  await opened.run('SELECT 1', { after: await opened.endOffsets() })
  await opened.ingester.stop()
  await vi.waitFor(async () => expect((await scanOf('FROM orders'))?.files).toBe(days))
})
afterAll(() => opened.close())
afterEach(async () => {
  keepHere(whole)
  await untilHere(true)
})

function orderOf(id: number): string {
  const [day, hour] = [Math.floor(id / perDay), id % perDay]
  const at = new Date(Date.UTC(2019, 9, 1 + day, hour % 24)).toISOString().slice(0, 19)
  return JSON.stringify({ at: at.replace('T', ' '), id })
}

/** How many bytes of the lake may lie on this machine. */
function keepHere(bytesMax: number): void {
  const lake = opened.lake as { localBytesMax: number }
  if (lake.localBytesMax === bytesMax) return
  lake.localBytesMax = bytesMax
  opened.engine.committed('orders')
}

async function untilHere(isHere: boolean): Promise<void> {
  await vi.waitFor(async () => expect((await planOf('FROM orders'))?.isHere).toBe(isHere))
}

async function scanOf(sql: string, params: object = {}): Promise<StreamScan | undefined> {
  const result = await opened.run(sql, { params })
  await rowsOf(result)
  return result.scans?.[0]
}

async function planOf(sql: string): Promise<StreamScan | undefined> {
  const [scan] = await opened.engine.plan({ sql, params: {} }, new AbortController().signal)
  return scan
}

test.each<[string, number, object?]>([
  ['FROM orders', days],
  [`FROM orders WHERE "at" >= '2019-10-07'`, 2],
  [`FROM orders o WHERE o."at"::DATE = '2019-10-07'`, days],
  [`FROM orders WHERE "at" BETWEEN '2019-10-02' AND TIMESTAMP '2019-10-03 23:00:00'`, 2],
  [`FROM orders WHERE "at" < '2019-10-01 23:30:00' OR id >= 180`, 2],
  [`FROM orders WHERE "at" < '2019-10-02' OR id % 7 = 0`, days],
  ['FROM orders WHERE id IN (3, 30)', 2],
  ['FROM orders WHERE id = $id', 1, { id: 77 }],
  ['FROM orders WHERE id > (SELECT max(id) - 5 FROM orders)', days],
  ['FROM orders WHERE "at" > now() - INTERVAL 1 DAY', 0],
  ['FROM orders WHERE "at" < now()', days],
  [`SELECT (SELECT count(*) FROM orders WHERE id < 3) FROM orders WHERE "at" > '2019-10-08'`, 2],
  [`WITH orders AS (FROM orders WHERE id < 3) FROM orders WHERE "at" < '2019-10-04 23:30:00'`, 4],
  [`FROM orders a JOIN orders b USING (id) WHERE a."at" > '2019-10-08' AND b.id > 190`, 1],
  [`EXPLAIN FROM orders WHERE "at" > '2019-10-08'`, 1],
  [`FROM lake.orders WHERE "at" > '2019-10-08'`, 1],
  ['FROM orders WHERE false', days],
])('%s reads %i files', async (sql, files, params = {}) => {
  expect(await scanOf(sql, params)).toMatchObject({ files, filesOfAll: days, isHere: true })
})

test('only the columns that it uses count', async () => {
  const [one, all] = [await scanOf('SELECT max(id) FROM orders'), await scanOf('FROM orders')]
  expect(one?.fileBytes).toBe(all?.fileBytes)
  expect(one?.bytes).toBeLessThan(0.6 * (all?.bytes ?? 0))
})

const value = fc.integer({ min: -5, max: days * perDay + 5 })
const time = value.map(id => `(TIMESTAMP '2019-10-01' + to_hours(${id}))`)
const comparison = fc.oneof(
  fc
    .tuple(fc.constantFrom('<', '<=', '=', '>=', '>', '<>'), value)
    .map(([is, id]) => `id ${is} ${id}`),
  fc.tuple(fc.constantFrom('<', '<=', '=', '>=', '>'), time).map(([is, at]) => `"at" ${is} ${at}`),
  fc.tuple(fc.constantFrom('<', '>'), time).map(([is, at]) => `${at} ${is} "at"`),
  fc.tuple(value, value).map(([from, to]) => `id BETWEEN ${from} AND ${to}`),
  fc.tuple(value, value).map(([from, to]) => `id + 0.5 BETWEEN ${from} AND ${to}`),
  fc.array(value, { minLength: 1, maxLength: 4 }).map(ids => `id IN (${ids.join(', ')})`),
  value.map(id => `id > ${id}.5`),
  value.map(id => `id NOT IN (${id}, NULL)`),
  value.map(id => `"at" > ('2019-10-01'::TIMESTAMP + to_hours(${id}))`),
)
const { condition } = fc.letrec<{ condition: string }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} AND ${b})`),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} OR ${b})`),
    tie('condition').map(a => `NOT (${a})`),
  ),
}))

test('whatever is asked, the rows are those of a statement that reads all files', async () => {
  let narrowed = 0
  await fc.assert(
    fc.asyncProperty(condition, async where => {
      const scan = await scanOf(`FROM orders WHERE ${where}`)
      const found = await opened.run(
        `SELECT coalesce(list(id ORDER BY id), []) FROM orders WHERE ${where}`,
      )
      const all = await opened.run(
        `SELECT coalesce(list(id ORDER BY id) FILTER (WHERE ${where}), []) FROM orders`,
      )
      if ((scan?.files ?? days) < days) narrowed++
      expect(await rowsOf(found)).toEqual(await rowsOf(all))
    }),
    { numRuns: 150 },
  )
  expect(narrowed).toBeGreaterThan(10)
}, 60_000)

test.each([
  ["SELECT count(*) FROM query_table('orders')", days * perDay],
  ["SELECT count(*) FROM query('FROM orders')", days * perDay],
  [
    `SELECT count(*) FROM (FROM query('FROM orders') UNION ALL FROM orders WHERE "at" >= '2019-10-08')`,
    (days + 1) * perDay,
  ],
])('%s counts all of them', async (sql, expected) => {
  expect(await rowsOf(await opened.run(sql))).toEqual([[expected]])
})

test('of history that is not kept here only the files are brought that are needed', async () => {
  const brought: string[][] = []
  const bytes = (await scanOf('FROM orders'))?.fileBytes ?? 0
  const { lake } = opened
  const localFiles = lake.localFiles.bind(lake)
  lake.localFiles = async (user, paths) => {
    if (user.startsWith('statement')) brought.push([...paths])
    return localFiles(user, paths)
  }
  keepHere(bytes / 2)
  await untilHere(false)
  const sql = `SELECT count(*) FROM orders WHERE "at" >= '2019-10-07'`
  expect(await rowsOf(await opened.run(sql))).toEqual([[2 * perDay]])
  await expect.poll(() => brought.length).toBe(2)
  expect(brought[0]?.every(path => /event_date=2019-10-0[78]/.test(path))).toBe(true)
  expect(brought.map(paths => paths.length)).toEqual([2, 0])
  await expect(opened.run('SELECT count(*) FROM orders')).rejects.toMatchObject({
    code: 'lake-cache-full',
    message: /needs .* of the history of orders/,
  })
  expect((await rowsOf(await opened.run('DESCRIBE orders'))).map(([name]) => name)).toEqual([
    'at',
    'id',
  ])
  expect(await rowsOf(await opened.run('FROM tail.orders'))).toEqual([])
  lake.localFiles = localFiles
})

test('while files are brought the statement tells how many of them are here', async () => {
  const bytes = (await scanOf('FROM orders'))?.fileBytes ?? 0
  const lake: Lake = opened.lake
  const localFiles = lake.localFiles.bind(lake)
  let arrive = (): void => {}
  lake.localFiles = async (user, paths, options) => {
    if (!user.startsWith('statement') || paths.length === 0) return localFiles(user, paths)
    options?.onHere?.()
    await new Promise<void>(resolve => {
      arrive = resolve
    })
    return localFiles(user, paths)
  }
  keepHere(bytes / 2)
  await untilHere(false)
  const told: (Fetching | undefined)[] = []
  const answer = opened.run(`SELECT count(*) FROM orders WHERE "at" >= '2019-10-07'`, {
    onProgress: ({ fetching }) => told.push(fetching),
  })
  await expect.poll(() => told.at(-1)).toEqual({ files: 1, filesTotal: 2 })
  arrive()
  expect(await rowsOf(await answer)).toEqual([[2 * perDay]])
  lake.localFiles = localFiles
})

test('of 500 GB in 4,000 files a statement about a day runs on the server, and one about all on Spark', async () => {
  keepHere(20 * gigabyte)
  await opened.tables.events.commit(() => ({ operation: 'WRITE', actions: claimed(4000) }))
  opened.engine.committed('orders')
  await expect.poll(async () => (await planOf('FROM orders'))?.filesOfAll).toBe(days + 4000)
  const limits = { serverBytesMax: 20 * gigabyte, localBytesMax: 20 * gigabyte }
  const placed = async (sql: string) =>
    placeScans(await opened.engine.plan({ sql, params: {} }, new AbortController().signal), limits)
  expect(await placed('FROM orders')).toEqual({
    engine: 'spark',
    reason:
      'It reads about 500 GB in all 4,008 files of orders, and 20 GB of files may lie on the server.',
  })
  expect(await placed(`FROM orders WHERE "at" >= '2026-06-01' AND "at" < '2026-06-02'`)).toEqual({
    engine: 'server',
    reason: 'It reads about 128 MB in 1 of 4,008 files of orders, 128 MB to have here.',
  })
  expect((await placed('DESCRIBE orders')).engine).toBe('server')
})

/** Files that are only said to be there. */
function claimed(count: number) {
  return Array.from({ length: count }, (_, n) => {
    const day = new Date(Date.UTC(2026, 5, 1) - n * 86_400_000).toISOString().slice(0, 10)
    return {
      add: {
        path: `claimed-${n}.parquet`,
        partitionValues: { event_date: day },
        size: (500 / count) * gigabyte,
        modificationTime: Date.now(),
        dataChange: true,
        stats: JSON.stringify({
          numRecords: 10_000_000,
          minValues: { at: `${day}T00:00:00`, id: 0 },
          maxValues: { at: `${day}T23:59:59`, id: 1e9 },
          nullCount: { at: 0, id: 0, _partition: 0, _offset: 0 },
        }),
      },
    }
  })
}
