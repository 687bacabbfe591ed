import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { clusterProfile } from '../../cluster/testing/cluster-profile.ts'
import { isFailure } from '../base/failure.ts'
import { silentLog } from '../base/log.ts'
import { compose, type Millrace } from '../compose.ts'
import { readConfig } from '../config.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
import { jsonOf } from './arrow-json.ts'

const engineEntry = new URL('../../dist/backend/query/engine-process.js', import.meta.url)
const eventCount = 3_000
let millrace: Millrace

beforeAll(async () => {
  millrace = await compose(await clusterConfig(), silentLog, engineEntry)
  await millrace.start()
  await append(0, eventCount)
  await until(async () => (await committed()) > 0)
  await append(eventCount, eventCount)
})

afterAll(() => millrace.close())

async function clusterConfig() {
  const folder = await makeTemporaryFolder()
  const places = { MILLRACE_HOME: folder, MILLRACE_LAKE_CACHE: `${folder}/cache` }
  return readConfig({ ...clusterProfile(inject('cluster')), ...places })
}

async function append(first: number, count: number): Promise<void> {
  const types = ['view', 'view', 'view', 'cart', 'purchase']
  const records = Array.from({ length: count }, (_, n) => ({
    key: String((first + n) % 97),
    value: Buffer.from(
      JSON.stringify({
        event_time: new Date(Date.UTC(2026, 0, 1) + (first + n) * 7_000).toISOString(),
        event_type: types[(first + n) % types.length],
        product_id: (first + n) % 211,
        price: ((first + n) % 50) + 0.99,
        user_id: (first + n) % 97,
      }),
    ),
  }))
  await millrace.eventLog.append('events', records)
}

async function committed(): Promise<number> {
  const status = millrace.progress[0]?.status(Date.now())
  return status?.partitions.reduce((sum, part) => sum + part.committedOffset, 0) ?? 0
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 100))
}

async function rowsOf(
  sql: string,
  engine: 'server' | 'spark',
  signal = new AbortController().signal,
) {
  const { result } = await millrace.queries.run({ sql, engine, params: { type: 'cart' } }, signal)
  let text = ''
  for await (const part of jsonOf(result.messages)) text += part
  return { ...(JSON.parse(text) as { rows: unknown[][] }), streams: result.streams }
}

test('history and live tail are the same events on Spark as on the server', async () => {
  await until(
    async () =>
      Number((await rowsOf('SELECT count(*) FROM events', 'server')).rows[0]) === 2 * eventCount,
  )
  const spark = await rowsOf('SELECT count(*), count(DISTINCT event_time) FROM events', 'spark')
  expect(spark.rows).toEqual([[2 * eventCount, 2 * eventCount]])
  expect(spark.streams[0]?.partitions.reduce((sum, part) => sum + part.nextOffset, 0)).toBe(
    2 * eventCount,
  )
})

test.each([
  'SELECT event_type, count(*) AS n, min(price), max(event_time) FROM events GROUP BY event_type ORDER BY n, event_type',
  'SELECT product_id, count(DISTINCT user_id) AS users FROM events GROUP BY product_id ORDER BY product_id LIMIT 20',
  "SELECT extract(hour FROM event_time) AS hour, sum(CASE WHEN event_type = 'purchase' THEN 1 ELSE 0 END) AS bought FROM events GROUP BY 1 ORDER BY 1",
  'SELECT user_id, event_time, row_number() OVER (PARTITION BY user_id ORDER BY event_time) AS nth FROM events ORDER BY user_id, event_time LIMIT 50',
  'SELECT count(*) FROM events WHERE event_type = $type',
])('%s answers alike', async sql => {
  expect((await rowsOf(sql, 'spark')).rows).toEqual((await rowsOf(sql, 'server')).rows)
})

test('what is wrong with a statement is named, with its place', async () => {
  await expect(rowsOf('SELECT nope\nFROM events', 'spark')).rejects.toSatisfy(
    error =>
      isFailure(error, 'sql-unknown-name') && (error.extra.position as { line: number }).line === 1,
  )
  await expect(rowsOf('SELEC 1', 'spark')).rejects.toSatisfy(error =>
    isFailure(error, 'sql-syntax'),
  )
})

test.each([
  'DROP TABLE x',
  'CREATE TABLE x (a INT)',
  'INSERT INTO x SELECT 1',
  'SELECT 1; SELECT 2',
])('%s is no query, and nothing is done', async sql => {
  await expect(rowsOf(sql, 'spark')).rejects.toSatisfy(error => isFailure(error, 'sql-syntax'))
})

test('a live view is refused with what to do instead', async () => {
  await expect(rowsOf('SELECT * FROM live.product_stats', 'spark')).rejects.toSatisfy(
    error => isFailure(error, 'sql-unknown-name') && /on the server/.test(error.hint ?? ''),
  )
})

test('a cancelled statement ends, and the next one does not wait for it', async () => {
  const abort = new AbortController()
  const slow = rowsOf(
    'SELECT count(*) FROM range(100000000000) a WHERE sqrt(range) < 0',
    'spark',
    abort.signal,
  )
  setTimeout(() => abort.abort(), 1_500)
  await expect(slow).rejects.toSatisfy(error => isFailure(error, 'query-cancelled'))
  expect((await rowsOf('SELECT 1', 'spark')).rows).toEqual([[1]])
})

test('a reader that goes away ends its statement', async () => {
  const sql = 'SELECT range FROM range(5000000)'
  const { result } = await millrace.queries.run(
    { sql, engine: 'spark' },
    new AbortController().signal,
  )
  for await (const _ of result.messages) break
  await expect(result.rowCount).rejects.toSatisfy(error => isFailure(error, 'query-cancelled'))
  expect((await rowsOf('SELECT 1', 'spark')).rows).toEqual([[1]])
})
