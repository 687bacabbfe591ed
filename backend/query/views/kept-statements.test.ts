import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbeddedEngine, rowsOf } from '../../testing/embedded-engine.ts'
import { makeTemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts'

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>

const keepsAll = { aboveMs: 0, slowerMax: Infinity, statementsMax: 100 }

/** Statements in sorted order, so that their answers can be compared. */
const kept = [
  'SELECT count(*) FROM orders',
  'SELECT id % 3 AS k, count(*) AS n FROM orders GROUP BY k ORDER BY k',
  'SELECT id % 7 AS k, count(*) AS n, sum(id) AS total FROM orders WHERE id % 2 = 0 GROUP BY ALL ORDER BY n DESC, k LIMIT 3',
  'SELECT id % 7 AS k, count(*) FROM orders GROUP BY 1 HAVING count(*) > 40 AND k > 1 ORDER BY 1',
  'SELECT id % 7, max(id) - min(id) AS spread FROM orders GROUP BY 1 ORDER BY abs(spread) DESC, 1',
  'SELECT id % 7 AS k FROM orders GROUP BY 1 HAVING sum(id) > 100 ORDER BY sum(id), k',
  `SELECT date_trunc('day', "at") AS day, count(*) AS n, sum(count(*)) OVER (ORDER BY date_trunc('day', "at")) AS so_far
   FROM orders GROUP BY 1 ORDER BY 1`,
  'SELECT id % 10 AS k, id % 2 AS odd, count(*) AS n FROM orders GROUP BY 1, 2 QUALIFY row_number() OVER (PARTITION BY odd ORDER BY n DESC, k) <= 2 ORDER BY ALL',
  'WITH per_kind AS (SELECT id % 7 AS k, count(*) AS n FROM orders GROUP BY 1) SELECT k, n, n / (SELECT sum(n) FROM per_kind) AS share FROM per_kind ORDER BY k',
  'SELECT a.k, a.n, b.n FROM (SELECT id % 3 AS k, count(*) AS n FROM orders GROUP BY 1) a JOIN (SELECT id % 3 AS k, sum(id) AS n FROM orders GROUP BY 1) b USING (k) ORDER BY 1',
  'SELECT 1 AS what, count(*) AS n FROM orders WHERE id < 100 UNION ALL SELECT 2, count(*) FROM orders WHERE id >= 100 ORDER BY 1',
  'SELECT DISTINCT ON (odd) id % 2 AS odd, id % 9 AS k, count(*) AS n FROM orders GROUP BY ALL ORDER BY odd, n DESC, k',
  'SELECT DISTINCT count(*) > 10 AS many FROM orders GROUP BY id % 20 ORDER BY 1',
  `SELECT o.id % 4 AS k, d.reason, count(*) AS n FROM orders o LEFT JOIN dead_letters d ON o.id = d.log_offset GROUP BY ALL ORDER BY ALL`,
  'SELECT id % 5 AS k, CASE WHEN count(*) FILTER (WHERE id % 2 = 0) > 20 THEN count(*) END AS n FROM orders GROUP BY k ORDER BY k NULLS FIRST',
  `SELECT round(avg(id), 3) AS mean, arg_max("at", id) AS "last", 'all' AS what FROM orders`,
  'SELECT ID % 3 AS Rest, Count(*) AS N FROM Orders AS O GROUP BY o.id % 3 ORDER BY rest',
  'SELECT id % 4 AS id, count(*) AS n FROM orders GROUP BY orders.id % 4 ORDER BY id',
  'SELECT k, n FROM (SELECT id % 6 AS k, count(*) AS n FROM orders GROUP BY 1) WHERE n > (SELECT count(*) / 8 FROM orders) ORDER BY 1',
]

const alone = [
  'SELECT id FROM orders ORDER BY 1 LIMIT 3',
  'SELECT count(DISTINCT id) FROM orders',
  'SELECT approx_count_distinct(id) FROM orders',
  'SELECT any_value(id) IS NULL FROM orders',
  'SELECT median(id) FROM orders',
  'SELECT count(*) FROM orders WHERE "at" < now()::TIMESTAMP',
  'SELECT count(*) FROM orders WHERE id < (SELECT max(id) FROM orders)',
  'WITH orders AS (SELECT 1 AS id) SELECT count(*) FROM orders',
  'SELECT count(*) FROM lake.orders',
  'SELECT count(*) FROM tail.orders',
  'SELECT id % 2 AS k, count(*) FROM orders GROUP BY ROLLUP (1) ORDER BY ALL',
  'SELECT count(*) FROM orders AS o(a, b) WHERE b > 2',
  'SELECT count(*) FROM orders AS a JOIN orders AS b USING (id)',
  "SELECT count(*) FROM orders GROUP BY 'all'",
  'SELECT (SELECT count(*) FROM orders WHERE id = x) FROM range(3) r(x) ORDER BY 1',
  'SELECT id % 2 AS k, list_transform([1], n -> n + count(*)) AS l FROM orders GROUP BY 1 ORDER BY 1',
]

let shared: Opened

beforeAll(async () => {
  shared = await openEmbeddedEngine(await makeTemporaryFolder(), { commitEveryMs: 60 }, keepsAll)
  await produce(shared, 0, 300)
})
afterAll(() => shared.close())

let next = 300

test.each(kept)('%s is kept, and answers as it does by itself', async sql => {
  let keptReads = 0
  for (let round = 0; round < 40 && keptReads < 8; round++) {
    await produce(shared, next, 7)
    next += 7
    const after = await shared.endOffsets()
    const live = await shared.run(sql, { after, isLive: true })
    if (live.isKept) keptReads++
    const byItself = await shared.run(sql, { after })
    expect(live.columns).toEqual(byItself.columns)
    expect(byItself.isKept).toBe(false)
    expect(await rowsOf(live)).toEqual(await rowsOf(byItself))
    expect(live.isVolatile).toBe(byItself.isVolatile)
    if (keptReads === 0) await new Promise(resolve => setTimeout(resolve, 50))
  }
  expect(keptReads).toBe(8)
})

test.each(alone)('%s runs as it is', async sql => {
  for (let round = 0; round < 5; round++) {
    await produce(shared, next++, 1)
    const after = await shared.endOffsets()
    const live = await shared.run(sql, { after, isLive: true })
    expect(live.isKept).toBe(false)
    expect(await rowsOf(live)).toEqual(await rowsOf(await shared.run(sql, { after })))
    await new Promise(resolve => setTimeout(resolve, 60))
  }
})

test('what nobody looks at any more is given up', async () => {
  const settings = { ...keepsAll, idleMs: 400 }
  const opened = await openEmbeddedEngine(await temporaryFolder(), {}, settings)
  await produce(opened, 0, 50)
  const sql = 'SELECT id % 3 AS k, count(*) AS n FROM orders GROUP BY 1'
  const read = async () => {
    const result = await opened.run(sql, { isLive: true })
    await rowsOf(result)
    return result.isKept
  }
  await expect.poll(read, { timeout: 8_000 }).toBe(true)
  const names = "SELECT count(*)::INTEGER FROM duckdb_views() WHERE schema_name = 'kept'"
  const tables = "SELECT count(*)::INTEGER FROM duckdb_tables() WHERE schema_name = 'view_parts'"
  const count = async (of: string) => Number((await rowsOf(await opened.run(of)))[0]?.[0])
  expect(await count(names)).toBe(1)
  await expect.poll(() => count(names), { timeout: 4_000 }).toBe(0)
  expect(await count(tables)).toBe(0)
  expect(await read()).toBe(false)
  await expect.poll(read, { timeout: 8_000 }).toBe(true)
  await opened.close()
})

test('a statement that fails over what is kept fails as it does by itself, and is given up', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder(), {}, keepsAll)
  await produce(opened, 0, 5)
  const sql = `SELECT sum(CAST(CASE WHEN id < 5 THEN '1' ELSE 'too many' END AS INTEGER)) AS n FROM orders`
  const read = async () => {
    const result = await opened.run(sql, { isLive: true })
    return { isKept: result.isKept, rows: await rowsOf(result) }
  }
  await expect.poll(read, { timeout: 8_000 }).toEqual({ isKept: true, rows: [[5]] })
  await produce(opened, 7, 1)
  const after = await opened.endOffsets()
  await expect(opened.run(sql, { after, isLive: true })).rejects.toThrow(/too many/)
  await expect(opened.run(sql, { after })).rejects.toThrow(/too many/)
  await opened.close()
})

test('with too many groups a statement runs as it is, and is right all the while', async () => {
  const settings = { ...keepsAll, groupsMax: 70_000 }
  const opened = await openEmbeddedEngine(await temporaryFolder(), { commitEveryMs: 1e9 }, settings)
  const sql =
    'SELECT count(*)::INTEGER, sum(n)::INTEGER FROM (SELECT id, count(*) AS n FROM orders GROUP BY 1)'
  const ids = (first: number) => Array.from({ length: 60_000 }, (_, n) => orderOf(first + n))
  const read = async () => {
    const result = await opened.run(sql, { isLive: true })
    return { isKept: result.isKept, rows: await rowsOf(result) }
  }
  await opened.produce(ids(0))
  await opened.run('SELECT 1', { after: await opened.endOffsets() })
  await opened.ingester.stop()
  await expect.poll(read, { timeout: 20_000 }).toEqual({ isKept: true, rows: [[60_000, 60_000]] })
  const ingester = opened.startIngest({ follower: opened.engine })
  await opened.produce(ids(60_000))
  const after = await opened.endOffsets()
  await opened.run('SELECT 1', { after })
  await ingester.stop()
  const answers: unknown[] = []
  await expect
    .poll(
      async () => {
        const answer = await read()
        answers.push(answer.rows)
        return answer.isKept
      },
      { timeout: 20_000 },
    )
    .toBe(false)
  expect(new Set(answers.map(String))).toEqual(new Set(['120000,120000']))
  await opened.close()
}, 60_000)

async function produce(opened: Opened, first: number, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, n) => first + n)
  await opened.produce(ids.map(id => (id % 11 === 5 ? `bad ${id}` : orderOf(id))))
}

function orderOf(id: number): string {
  return JSON.stringify({ at: `2019-10-0${1 + (id % 3)} 12:00:00`, id })
}
