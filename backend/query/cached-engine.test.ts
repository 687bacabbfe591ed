import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { committedPositions } from '../ingest/lake-commit.ts'
import { openEmbeddedEngine, rowsOf } from '../testing/embedded-engine.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
import { CachedEngine } from './cached-engine.ts'

let opened: Awaited<ReturnType<typeof openEmbeddedEngine>>
let cached: CachedEngine

beforeAll(async () => {
  opened = await openEmbeddedEngine(await makeTemporaryFolder(), { commitEveryMs: 150 })
  cached = new CachedEngine({ engine: opened.engine, clock: systemClock, bytesMax: 400_000 })
  opened.engine.onVisible(change => cached.streamVisible(change))
})
afterAll(() => opened.close())

function order(id: number): string {
  return JSON.stringify({ id, at: '2024-01-01T00:00:00Z' })
}

async function ask(sql: string, more: { rowsMax?: number; params?: object } = {}) {
  const { params = {}, rowsMax = 1e6 } = more
  const result = await cached.run(
    { sql, params: params as Record<string, never> },
    { signal: new AbortController().signal, rowsMax, timeoutMs: 20_000 },
  )
  const { isRemembered = false, streams } = result
  return { rows: await rowsOf(result), count: await result.rowCount, isRemembered, streams }
}

/** Waits until a statement is answered from memory, and no commit is to come that would end that. */
async function remembered(sql: string): Promise<void> {
  const answer = async () => {
    const { isRemembered, streams } = await ask(sql)
    const ends = Object.entries((await opened.endOffsets()).orders)
    const committed = committedPositions(opened.tables.events.snapshot, 'orders')
    return {
      isRemembered,
      isCommitted: ends.every(
        ([partition, last]) => (committed.get(Number(partition)) ?? 0) > last,
      ),
      isNewest: streams[0]?.version === opened.tables.events.snapshot.version,
    }
  }
  await expect
    .poll(answer, { timeout: 10_000 })
    .toEqual({ isRemembered: true, isCommitted: true, isNewest: true })
}

const count = 'SELECT count(*) AS n FROM orders'

test('a statement is answered once for each state of what it reads', async () => {
  await opened.produce([order(1), order(2)])
  await expect.poll(async () => (await ask(count)).rows).toEqual([[2]])
  await remembered(count)
  const known = await ask(count)
  expect(known).toMatchObject({ rows: [[2]], count: 1, streams: [{ stream: 'orders' }] })
  await opened.produce([order(3)])
  await expect.poll(async () => (await ask(count)).rows).toEqual([[3]])
  await remembered(count)
})

test('other parameters and other limits are other statements', async () => {
  const some = 'SELECT id FROM orders WHERE id > $least ORDER BY 1'
  expect((await ask(some, { params: { least: 0 } })).rows).toHaveLength(3)
  expect((await ask(some, { params: { least: 2 } })).rows).toEqual([[3]])
  const cut = await ask(some, { params: { least: 0 }, rowsMax: 1 })
  expect(cut).toMatchObject({ rows: [[1]], count: 3 })
})

test('what changes by itself is asked for each time', async () => {
  for (const sql of [
    'SELECT random() FROM orders',
    'SELECT now(), count(*) FROM orders',
    'SELECT 1',
    'SELECT count(*) FROM millrace.live_views, orders',
  ]) {
    await ask(sql)
    expect((await ask(sql)).isRemembered, sql).toBe(false)
  }
})

test('answers go when names mean something else, and when there is no room', async () => {
  await remembered(count)
  cached.namesChanged()
  expect((await ask(count)).isRemembered).toBe(false)
  expect((await ask(count)).isRemembered).toBe(true)
  const large = "SELECT repeat('x', 100000 + id::INTEGER) FROM orders LIMIT 1"
  await ask(large)
  expect((await ask(large)).isRemembered).toBe(false)
  for (let n = 0; n < 12; n++)
    await ask(`SELECT repeat('x', ${40_000 + n} + id::INTEGER) FROM orders LIMIT 1`)
  expect((await ask(count)).isRemembered).toBe(false)
})

test('an answer that was on its way when names changed is not kept', async () => {
  const asked = { sql: count, params: {} }
  await remembered(count)
  cached.namesChanged()
  const options = { signal: new AbortController().signal, rowsMax: 1e6, timeoutMs: 20_000 }
  const result = await cached.run(asked, options)
  cached.namesChanged()
  await rowsOf(result)
  await result.rowCount
  expect((await ask(count)).isRemembered).toBe(false)
})

test('a reader that hangs up leaves nothing behind', async () => {
  const sql = 'SELECT range FROM orders, range(100000)'
  const result = await cached.run(
    { sql, params: {} },
    { signal: new AbortController().signal, rowsMax: 1e6, timeoutMs: 20_000 },
  )
  for await (const _ of result.messages) break
  expect((await ask(`${sql} LIMIT 1`)).rows).toHaveLength(1)
  expect((await ask(sql)).isRemembered).toBe(false)
})
