import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFailure } from '../../base/failure.ts'
import { openEmbeddedEngine, rowsOf } from '../../testing/embedded-engine.ts'
import { makeTemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts'

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>

const perDay = `
  SELECT id % 7 AS kind, date_trunc('day', "at") AS day, count(*) AS n, sum(id) AS total, min(id) AS low,
    max("at") AS last, avg(id) AS mean,
    avg((id % 1000)::DECIMAL(9, 2) * 1.07) AS mean_price, count(*) FILTER (WHERE id % 2 = 0) AS even, arg_max(id, id) AS newest,
    arg_min(id, id) FILTER (WHERE id % 3 = 0) AS first, sum(id) / count(*) AS ratio, count_if(id > 100) AS high
  FROM orders WHERE id % 5 <> 0 AND id < 2053013555631882655 GROUP BY ALL`
const whole = 'SELECT count(*) AS n, coalesce(sum(id), 0) AS total FROM orders'

async function create(opened: Opened, name: string, sql: string): Promise<void> {
  await opened.engine.views.add({ name, id: `${name} ${Math.random()}`, sql })
}

async function rows(opened: Opened, sql: string, options = {}): Promise<unknown[][]> {
  return rowsOf(await opened.run(sql, options))
}

let shared: Opened

beforeAll(async () => {
  shared = await openEmbeddedEngine(await makeTemporaryFolder())
  await shared.produce(Array.from({ length: 300 }, (_, id) => orderOf(id)))
})
afterAll(() => shared.close())

/** Rows that are in one of both alone, both as they are at one instant. */
function difference(view: string, sql: string): string {
  return `(FROM live.${view} EXCEPT ALL (${sql})) UNION ALL ((${sql}) EXCEPT ALL FROM live.${view})`
}

test('at every instant a live view answers as its SELECT does', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder(), {
    commitEveryMs: 25,
    commitRowsMax: 400,
    batchBytesMax: 40_000,
  })
  let isProducing = true
  let reads = 0
  const produce = async (): Promise<void> => {
    let id = 0
    const sizes = fc.sample(fc.integer({ min: 1, max: 120 }), { numRuns: 200, seed: 11 })
    // However slow the machine is, there are some reads meanwhile.
    for (let n = 0; n < sizes.length || reads <= 8; n++) {
      const size = sizes[n % sizes.length] ?? 0
      await opened.produce(Array.from({ length: size }, () => orderOf(id++)))
      await new Promise(resolve => setTimeout(resolve, size % 30))
    }
    isProducing = false
  }
  await create(opened, 'early', perDay)
  const producing = produce()
  while (isProducing) {
    if (reads === 3) await create(opened, 'late', perDay)
    if (reads === 6) await create(opened, 'whole', whole)
    if (reads % 8 === 7) await create(opened, 'late', perDay)
    expect(await rows(opened, difference('early', perDay))).toEqual([])
    if (reads > 3) expect(await rows(opened, difference('late', perDay))).toEqual([])
    if (reads > 6) expect(await rows(opened, difference('whole', whole))).toEqual([])
    reads++
  }
  await producing
  const after = await opened.endOffsets()
  for (const [name, sql] of [
    ['early', perDay],
    ['late', perDay],
    ['whole', whole],
  ] as const) {
    expect(await rows(opened, difference(name, sql), { after })).toEqual([])
  }
  await expect
    .poll(() => rows(opened, 'SELECT name FROM millrace.live_views WHERE is_complete ORDER BY 1'))
    .toEqual([['early'], ['late'], ['whole']])
  opened.killProcess()
  expect(await rows(opened, difference('early', perDay))).toEqual([])
  expect(reads).toBeGreaterThan(8)
  await opened.close()
}, 90_000)

test('a live view can join what changes little, and filter and group by it', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder())
  await opened.produce(['bad', 'worse', ...Array.from({ length: 500 }, (_, id) => orderOf(id))])
  const sql = `
    SELECT d.reason, o.id % 2 AS odd, count(*) AS n FROM orders AS o
    JOIN dead_letters AS d ON o.id % 5 = d.log_offset % 5 WHERE d.log_offset < 3 AND o.id > 10 GROUP BY ALL`
  await create(opened, 'joined', sql)
  await opened.produce([
    'bad',
    'worse',
    ...Array.from({ length: 300 }, (_, id) => orderOf(500 + id)),
  ])
  const after = await opened.endOffsets()
  const found = await rows(opened, 'SELECT sum(n) FROM live.joined', { after })
  expect(Number(found[0]?.[0])).toBeGreaterThan(0)
  expect(await rows(opened, difference('joined', sql))).toEqual([])
  const left = sql.replace('JOIN', 'LEFT JOIN').replace('d.log_offset < 3 AND', '')
  await create(opened, 'outer', left)
  expect(await rows(opened, difference('outer', left))).toEqual([])
  await opened.close()
})

test('what is older than the retention is gone', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder())
  const dayMs = 86_400_000
  const at = (ageMs: number) =>
    new Date(Date.now() - ageMs).toISOString().slice(0, 19).replace('T', ' ')
  const ages = [0, 0, dayMs / 2, 3 * dayMs, 400 * dayMs]
  await opened.produce(ages.map((age, id) => JSON.stringify({ at: at(age), id })))
  const sql = `SELECT date_trunc('day', "at") AS day, count(*) AS n FROM orders GROUP BY 1`
  await opened.engine.views.add({ name: 'kept', id: '1', sql, retention: '2 day' })
  const after = await opened.endOffsets()
  const read = 'SELECT sum(n)::INTEGER FROM live.kept'
  expect(await rows(opened, read, { after })).toEqual([[3]])
  await expect
    .poll(() => rows(opened, 'SELECT is_complete, rows <= 2 FROM millrace.live_views'))
    .toEqual([[true, true]])
  expect(await rows(opened, read)).toEqual([[3]])
  expect((await opened.run(read)).isVolatile).toBe(true)
  const timeless = 'SELECT id, count(*) AS n FROM orders GROUP BY 1'
  const refused = opened.engine.views.add({
    name: 'no',
    id: '2',
    sql: timeless,
    retention: '2 day',
  })
  await expect(refused).rejects.toThrow(/goes by a time/)
  await opened.close()
})

test('distinct values are counted about right, and exactly while they are few', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder())
  await opened.produce(Array.from({ length: 20_000 }, (_, id) => orderOf(id % 10_000)))
  const sql = 'SELECT id % 100 = 0 AS rare, approx_count_distinct(id) AS n FROM orders GROUP BY 1'
  await create(opened, 'distinct_ids', sql)
  const after = await opened.endOffsets()
  const found = await rows(opened, 'FROM live.distinct_ids ORDER BY rare', { after })
  expect(found[1]).toEqual([true, 100])
  expect(Math.abs(Number(found[0]?.[1]) - 9_900) / 9_900).toBeLessThan(0.2)
  await opened.close()
})

test('a view of distinct values takes room by its values, however many groups there are', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder(), { commitEveryMs: 1e9 })
  await opened.produce(Array.from({ length: 60_000 }, (_, id) => orderOf(id)))
  await opened.run('SELECT 1', { after: await opened.endOffsets() })
  await opened.ingester.stop()
  const sql = 'SELECT id, approx_count_distinct(id) AS n FROM orders GROUP BY 1'
  await create(opened, 'many_groups', sql)
  const listed = 'SELECT is_complete, problem, rows::INTEGER FROM millrace.live_views'
  await expect.poll(() => rows(opened, listed), { timeout: 15_000 }).toEqual([[true, null, 60_000]])
  await opened.close()
}, 30_000)

test.each([
  'SELECT sum(list_sum(list_transform([id, 2], n -> n + id)))::BIGINT AS n FROM orders',
  "SELECT 'all' AS what, count(*) AS n FROM orders",
  "SELECT 'all' AS what, count(*) AS n FROM orders WHERE id < 0",
  "SELECT 'all' AS what, count(*) AS n FROM orders WHERE id < 0 GROUP BY ALL",
  'SELECT orders.id % 3 AS rest, count(*) AS n FROM orders GROUP BY id % 3',
  'SELECT o.id % 3 AS rest, count(*) AS n FROM orders AS o GROUP BY ID % 3',
  'SELECT o.id % 3 AS rest, rest * 2 AS twice, count(*) AS n FROM orders AS o GROUP BY ALL',
  'SELECT id % 3 AS rest, sum(id) AS total, total / count(*) AS mean FROM orders GROUP BY 1',
  'SELECT avg((id / 7)::DECIMAL(18, 3)) AS a, avg(id) AS b FROM orders',
])('%s is answered as by itself', async sql => {
  await create(shared, 'shaped', sql)
  const after = await shared.endOffsets()
  expect(await rows(shared, difference('shaped', sql), { after })).toEqual([])
  const listed = 'SELECT is_complete, problem FROM millrace.live_views'
  await expect.poll(() => rows(shared, listed)).toEqual([[true, null]])
  expect(await rows(shared, difference('shaped', sql))).toEqual([])
})

test('a view that cannot be taken further says why, and answers all the same', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder())
  const sql = `SELECT id % 2 AS odd, sum(CAST(CASE WHEN id < 5 THEN '1' ELSE 'too many' END AS INTEGER)) AS n FROM orders GROUP BY 1`
  await opened.produce([0, 1, 2].map(orderOf))
  await create(opened, 'brittle', sql)
  const listed = 'SELECT is_complete, problem FROM millrace.live_views'
  await expect.poll(() => rows(opened, listed)).toEqual([[true, null]])
  await opened.produce([7].map(orderOf))
  await expect
    .poll(async () => String((await rows(opened, listed))[0]), { timeout: 10_000 })
    .toMatch(/^false,.*too many/)
  expect(await rows(opened, 'SELECT count(*)::INTEGER FROM orders')).toEqual([[4]])
  await opened.close()
})

test('a view that is dropped while it is worked out is given up', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder())
  await opened.produce(Array.from({ length: 200_000 }, (_, id) => orderOf(id)))
  const after = await opened.endOffsets()
  await rows(opened, 'SELECT count(*) FROM orders', { after })
  // Minutes of work, of which DuckDB does a second or more between two looks for an interrupt.
  const slow = `SELECT sum(levenshtein(repeat('ab', 250), repeat('ba', 250 + id % 2))) AS n FROM orders`
  await expect.poll(() => opened.tables.events.snapshot.files.size).toBeGreaterThan(0)
  await create(opened, 'slow', slow)
  await opened.engine.views.remove('slow')
  await create(opened, 'quick', 'SELECT id % 2 AS odd, count(*) AS n FROM orders GROUP BY 1')
  await expect
    .poll(() => rows(opened, 'SELECT name, is_complete FROM millrace.live_views'), {
      timeout: 20_000,
    })
    .toEqual([['quick', true]])
  await opened.close()
})

test.each([
  ['SELECT id FROM orders', /no aggregate/],
  ['SELECT id, count(DISTINCT "at") FROM orders GROUP BY 1', /approx_count_distinct/],
  ['SELECT id, median(id) AS m FROM orders GROUP BY 1', /median cannot/],
  ['SELECT id, count(*) AS n FROM orders GROUP BY 1 ORDER BY 2', /ORDER BY/],
  ['SELECT id, count(*) AS n FROM orders GROUP BY 1 LIMIT 3', /LIMIT/],
  ['SELECT DISTINCT id, count(*) AS n FROM orders GROUP BY 1', /DISTINCT/],
  ['SELECT id, count(*) AS n FROM orders GROUP BY 1 HAVING count(*) > 1', /HAVING/],
  ['SELECT id, count(*) AS n FROM orders WHERE "at" > now()::TIMESTAMP GROUP BY 1', /another time/],
  ['SELECT id, count(*) AS n FROM orders WHERE "at" > current_date GROUP BY 1', /another time/],
  ['SELECT id, count(*) + random() AS n FROM orders GROUP BY 1', /another time/],
  ['SELECT count(*) AS n FROM orders GROUP BY id', /stand in its SELECT/],
  ['SELECT id, id + count(*) AS n FROM orders GROUP BY id', /column of its own/],
  ['SELECT id, count(*) AS n FROM orders WHERE id IN (SELECT 1) GROUP BY 1', /subquery/],
  ['SELECT id, count(*) AS n FROM orders GROUP BY ROLLUP (id)', /groupings/],
  ['SELECT a.id, count(*) AS n FROM orders a JOIN orders b USING (id) GROUP BY 1', /itself/],
  [
    'SELECT o.id, sum(d.log_offset) AS n FROM orders o JOIN dead_letters d ON true GROUP BY 1',
    /Only columns of orders/,
  ],
  [
    'SELECT o.id, count(*) AS n FROM orders o FULL JOIN dead_letters d ON o.id = d.log_offset GROUP BY 1',
    /full join/,
  ],
  ['SELECT reason, count(*) AS n FROM dead_letters GROUP BY 1', /begins FROM a stream: orders/],
  ['WITH x AS (SELECT 1) SELECT id, count(*) AS n FROM orders GROUP BY 1', /WITH/],
  ['SELECT id, count(*) AS n FROM orders GROUP BY 1 UNION ALL SELECT 1, 2', /UNION/],
  [
    "SELECT o.id, count(*) AS n FROM orders o JOIN read_csv('/etc/passwd') p ON true GROUP BY 1",
    /disabled|Only streams/,
  ],
  ["SELECT id, count(*) AS n FROM query('FROM orders') GROUP BY 1", /begins FROM a stream/],
  ['SELECT id, count(*) AS n FROM orders GROUP BY 1; DROP VIEW orders', /one SELECT|multiple/],
  ['SELECT count(*) OVER () AS n, count(*) AS m FROM orders', /window/],
  ['SELECT id, count(*) AS n FROM orders TABLESAMPLE 10% GROUP BY 1', /sample/],
  ['SELECT a, count(*) AS n FROM orders AS o(a, b) GROUP BY 1', /behind the table/],
])('%s is refused with its reason', async (sql, reason) => {
  const failure = await create(shared, 'refused', sql).catch(error => error)
  expect(String(failure.message)).toMatch(reason)
  expect(failure.code).toMatch(/view-not-mergeable|sql-(invalid|not-allowed|runtime)/)
})

test('what is wrong with the SELECT itself is named with its place', async () => {
  const failure = await create(
    shared,
    'wrong',
    'SELECT nope, count(*) FROM orders GROUP BY 1',
  ).catch(error => error)
  expect(isFailure(failure, 'sql-unknown-name')).toBe(true)
  expect(failure.extra.position).toMatchObject({ line: 1, column: 8 })
})

function orderOf(id: number): string {
  return JSON.stringify({ at: `2019-10-0${1 + (id % 3)} 12:00:00`, id })
}
