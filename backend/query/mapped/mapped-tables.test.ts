import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import type { LiveStore, Row } from '../../live/live-store.ts'
import { MappedReader } from '../../live/mapped-reader.ts'
import { ValueCodec } from '../../live/value-codec.ts'
import { openEmbeddedEngine, rowsOf } from '../../testing/embedded-engine.ts'
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts'
import { MappedTables } from './mapped-tables.ts'

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>

let opened: Opened
let mapped: MappedTables

beforeAll(async () => {
  opened = await openEmbeddedEngine(await makeTemporaryFolder())
  const { liveStore, engine } = opened
  const reader = new MappedReader(liveStore, systemClock)
  const parts = { liveStore, reader, engine: engine.mappedTables, clock: systemClock }
  mapped = new MappedTables({ ...parts, log: silentLog, onChange() {} })
  await mapped.start()
  await fill(liveStore)
})
afterAll(async () => {
  await mapped.close()
  await opened.close()
})

const day = 86_400_000
const bytes = (type: string, value: bigint | number | string | boolean, encoding = 'binary') =>
  new ValueCodec(type, encoding as 'binary').encode(value) ?? Buffer.alloc(0)
const regions = ['at', 'ch', 'de', 'de-by', 'ü', '']

/** A visit for each region and number, and people by their number. */
async function fill(store: LiveStore): Promise<void> {
  await store.ensureTable('people', { d: { versionsMax: 3 }, e: { versionsMax: 1 } })
  await store.ensureTable('visits', { d: { versionsMax: 1 } })
  await store.put(
    'people',
    Array.from({ length: 200 }, (_, n) => person(n - 100)),
  )
  await store.put('people', [{ key: bytes('BIGINT', 7n), cells: [cell('e:other', 5, 'x')] }])
  const visits = regions.flatMap((region, r) =>
    Array.from({ length: 40 }, (_, n) => ({
      key: Buffer.concat([
        Buffer.from(`${region}|`),
        bytes('TIMESTAMP', BigInt(n * day), 'ordered'),
        Buffer.from(`page-${(n * 7 + r) % 40}`),
      ]),
      cells: [cell('d:n', n, String(n * 1.5)), cell('d:day', n, bytes('DATE', BigInt(n)))],
    })),
  )
  await store.put('visits', visits)
}

function person(id: number): Row {
  const cells = [
    cell('d:name', 1, `name ${id}`),
    cell('d:score', 1, bytes('DOUBLE', id / 4)),
    ...(id % 3 === 0 ? [cell('d:vip', 2, bytes('BOOLEAN', true))] : []),
  ]
  return { key: bytes('BIGINT', BigInt(id)), cells }
}

function cell(column: string, timestamp: number, value: string | Buffer) {
  const buffer = typeof value === 'string' ? Buffer.from(value) : value
  const binary = Buffer.isBuffer(buffer) ? buffer : Buffer.alloc(0)
  return { column, timestamp, value: binary }
}

async function rows(sql: string, options = {}): Promise<unknown[][]> {
  return rowsOf(await opened.run(await mapped.resolved(sql), options))
}

const people = `CREATE OR REPLACE HBASE TABLE people (
  user_id BIGINT KEY,
  name    VARCHAR CELL 'd:name' NOT NULL, -- says which rows there are
  score   DOUBLE CELL 'd:score',
  vip     BOOLEAN CELL 'd:vip',
  written TIMESTAMP VERSION
) FROM 'people'`
const visits = `CREATE OR REPLACE HBASE TABLE visits (
  region VARCHAR KEY UNTIL '|',
  seen   TIMESTAMP KEY AS ORDERED,
  page   VARCHAR KEY,
  n      DECIMAL(9,2) CELL 'd:n' AS TEXT,
  day    DATE CELL 'd:day'
) FROM 'visits'`

test('a mapped table is read by SQL, alone and joined', async () => {
  expect(await rows(people)).toEqual([['people', 'created']])
  expect(await rows(people)).toEqual([['people', 'unchanged']])
  expect(await rows('SELECT count(*), sum(score), count(vip) FROM hbase.people')).toEqual([
    [200, -25, 67],
  ])
  expect(
    await rows('SELECT * EXCLUDE written, epoch_ms(written) FROM hbase.people WHERE user_id = -3'),
  ).toEqual([[-3, 'name -3', -0.75, true, 2]])
  const joined =
    'SELECT p.name, x FROM hbase.people p JOIN (VALUES (5), (6)) v(x) ON x = user_id ORDER BY 2'
  expect(await rows(joined)).toEqual([
    ['name 5', 5],
    ['name 6', 6],
  ])
  await expect(rows('SHOW HBASE TABLES')).resolves.toEqual([
    ['people', 'people', 'user_id', expect.stringContaining('score DOUBLE')],
  ])
})

test.each([
  ['user_id = 42', 'get of 1 row; d:score, d:name'],
  ['user_id IN (1, 2, 3)', 'gets of 3 rows; d:score, d:name'],
  ['user_id = 1 OR user_id = 2 AND score > 0', 'gets of 2 rows; d:score, d:name'],
  [
    'user_id BETWEEN 10 AND 12',
    "scan of 1 range ['\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x0A', '\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x0D'); d:score, d:name",
  ],
  ['score > 5', 'scan of all rows, for nothing narrows user_id; d:score, d:name'],
  [
    'user_id = 1 AND user_id = 2 OR false',
    'scan of all rows, for nothing narrows user_id; d:score, d:name',
  ],
  ["user_id = '7' AND 1 = 1", 'get of 1 row; d:score, d:name'],
  ['user_id = random()', 'scan of all rows, for nothing narrows user_id; d:score, d:name'],
])('EXPLAIN says how WHERE %s is read: %s', async (where, how) => {
  await rows(people)
  const [first] = await rows(`EXPLAIN SELECT sum(score) FROM hbase.people WHERE ${where}`)
  expect(first).toEqual(['hbase', `hbase.people from people: ${how}`])
})

test('DuckDB plans as if there were rows', async () => {
  const [, plan] = await rows('EXPLAIN SELECT sum(score) FROM hbase.people WHERE user_id = 3')
  expect(plan?.[1]).toContain('SEQ_SCAN')
})

test('EXPLAIN ANALYZE counts the rows, and a LIMIT ends the scan', async () => {
  const [first] = await rows('EXPLAIN ANALYZE SELECT name FROM hbase.people LIMIT 3 OFFSET 2')
  expect(first?.[1]).toBe(
    'hbase.people from people: scan of the first 5 rows; d:name, 5 rows found',
  )
})

const whereVisits = fc
  .tuple(
    fc.constantFrom(
      ...['true', 'false', "region = 'de'", "region IN ('de', 'x', 'ü')", "region LIKE 'de%'"],
      ...["region > 'ch'", "region <= 'de'", "region = ''", "starts_with(region, 'd')"],
    ),
    fc.constantFrom('AND', 'OR'),
    fc.constantFrom(
      ...[
        "seen = TIMESTAMP '1970-01-03'",
        "seen > DATE '1970-01-20'",
        "seen < '1970-01-05 12:00:00.0005'",
      ],
      ...[
        "seen BETWEEN '1970-01-04' AND '1970-01-09'",
        'n > 30',
        "day = '1970-01-02'",
        'seen IS NULL',
      ],
    ),
    fc.constantFrom('AND', 'OR', 'AND NOT'),
    fc.constantFrom(
      "page = 'page-7'",
      "page LIKE 'page-1%'",
      "page >= 'page-3'",
      'length(page) = 6',
    ),
  )
  .map(([a, and, b, or, c]) => `(${a} ${and} ${b}) ${or} ${c}`)

test('whatever is asked of the key, the rows are those of a scan', async () => {
  await rows(visits)
  const total = (from: string, where: string): Promise<unknown[][]> =>
    rows(`SELECT count(*), sum(hash(v)) FROM ${from} v WHERE ${where}`)
  await fc.assert(
    fc.asyncProperty(whereVisits, async where => {
      const all = '(SELECT * FROM hbase.visits)'
      expect(await total('hbase.visits', where)).toEqual(await total(all, where))
    }),
    { numRuns: 120 },
  )
}, 60_000)

test('numbers of either sign are found, at and beyond the limits of the type', async () => {
  await rows(people)
  const bound = fc.constantFrom(
    '-101',
    '-100',
    '-1',
    '0',
    '1',
    '42.4',
    '42.5',
    '99',
    '9223372036854775807',
    '1e30',
  )
  await fc.assert(
    fc.asyncProperty(bound, bound, fc.constantFrom('>', '>=', '<', '<=', '='), async (a, b, is) => {
      const where = `user_id ${is} ${a} AND ${b} >= user_id`
      const sum = (from: string) =>
        rows(`SELECT count(*), sum(user_id) FROM ${from} WHERE ${where}`)
      expect(await sum('hbase.people')).toEqual(await sum('(SELECT * FROM hbase.people)'))
    }),
    { numRuns: 80 },
  )
}, 60_000)

test('parameters and joins narrow as well, and outer joins keep their rows', async () => {
  const read = (sql: string, params = {}) => rows(sql, { params })
  expect(await read('SELECT name FROM hbase.people WHERE user_id = $id', { id: 4 })).toEqual([
    ['name 4'],
  ])
  const outer =
    'SELECT x, name FROM (VALUES (5), (500)) v(x) LEFT JOIN hbase.people p ON x = p.user_id WHERE p.user_id IS NULL OR p.user_id = 5 ORDER BY 1'
  expect(await read(outer)).toEqual([
    [5, 'name 5'],
    [500, null],
  ])
  const asof =
    'SELECT x, user_id FROM (VALUES (5)) v(x) ASOF JOIN hbase.people p ON x >= p.user_id WHERE p.user_id = 4'
  expect(await read(asof)).toEqual([])
  const anti =
    'SELECT x FROM (VALUES (5), (500)) v(x) ANTI JOIN hbase.people p ON x = p.user_id WHERE x = 500'
  expect(await read(anti)).toEqual([[500]])
})

test.each([
  [
    'WITH p AS (SELECT * FROM hbase.people WHERE score > 20) SELECT count(*) FROM (FROM p LIMIT 10)',
    [[10]],
  ],
  [
    'WITH p AS (SELECT * FROM hbase.people WHERE score > 20) SELECT name FROM p LIMIT 1',
    [['name 81']],
  ],
  ['WITH p AS (FROM hbase.people ORDER BY score DESC) SELECT name FROM p LIMIT 1', [['name 99']]],
  ['SELECT vip FROM hbase.people GROUP BY ALL ORDER BY vip', [[true], [null]]],
  ['SELECT count(*) FROM (SELECT vip FROM hbase.people GROUP BY ALL LIMIT 3)', [[2]]],
  ['SELECT z FROM hbase.people AS p(x, y, z) WHERE x = 8', [[2]]],
  ['SELECT #3 FROM hbase.people WHERE user_id = 8', [[2]]],
  [`SELECT count(*) FROM query('FROM hbase.people')`, [[200]]],
  [`SELECT max(score) FROM query_table('hbase.people')`, [[24.75]]],
])('%s reads all that it needs', async (sql, expected) => {
  await rows(people)
  expect(await rows(sql)).toEqual(expected)
})

test('a text of a fixed width has all its rows within its bounds', async () => {
  await opened.liveStore.ensureTable('codes', { d: { versionsMax: 1 } })
  const texts = ['', 'a', 'de', 'dea', 'defg', 'e']
  const keys = texts.flatMap(text =>
    [-1n, 0n, 1n].map(n => Buffer.concat([Buffer.from(text.padEnd(4, '\0')), bytes('BIGINT', n)])),
  )
  await opened.liveStore.put(
    'codes',
    keys.map(key => ({ key, cells: [cell('d:x', 1, 'x')] })),
  )
  await rows(
    "CREATE HBASE TABLE codes (code VARCHAR KEY WIDTH 4, id BIGINT KEY, x VARCHAR CELL 'd:x') FROM 'codes'",
  )
  const bound = fc.constantFrom(...texts, 'd', 'deb', 'defgh', 'z')
  await fc.assert(
    fc.asyncProperty(bound, bound, fc.constantFrom('<', '<=', '='), async (a, b, is) => {
      const count = (from: string) =>
        rows(`SELECT count(*) FROM ${from} WHERE code >= '${a}' AND code ${is} '${b}'`)
      expect(await count('hbase.codes')).toEqual(await count('(SELECT * FROM hbase.codes)'))
    }),
    { numRuns: 100 },
  )
}, 60_000)

test('a statement may read many mapped tables', async () => {
  for (const n of [1, 2, 3, 4, 5, 6])
    await rows(people.replace('TABLE people', `TABLE people_${n}`))
  const counts = [1, 2, 3, 4, 5, 6].map(n => `(SELECT count(*) FROM hbase.people_${n})`)
  expect(await rows(`SELECT ${counts.join(' + ')}`, { timeoutMs: 20_000 })).toEqual([[1200]])
})

test.each([
  'EXPLAIN FROM hbase.people; COMMIT; CREATE OR REPLACE VIEW main.orders AS SELECT 1 AS id',
  'EXPLAIN ANALYZE FROM hbase.people; COMMIT; DROP VIEW main.orders',
  'EXPLAIN ANALYZE CREATE TABLE stolen AS FROM hbase.people',
])('%s is refused', async sql => {
  await rows(people)
  await expect(rows(sql)).rejects.toMatchObject({ code: 'sql-not-allowed' })
  expect(await rows('SELECT count(*) FROM orders')).toEqual([[0]])
})

test('EXPLAIN has parameters as well', async () => {
  const sql = 'EXPLAIN SELECT score FROM hbase.people WHERE user_id = $id'
  const [first] = await rows(sql, { params: { id: 4 } })
  expect(first?.[1]).toBe('hbase.people from people: get of 1 row; d:score, d:name')
})

test('versions become rows of their own', async () => {
  for (const n of [1, 2, 3]) {
    await opened.liveStore.put('people', [
      { key: bytes('BIGINT', 1000n), cells: [cell('d:name', n, `was ${n}`)] },
    ])
  }
  await rows(`CREATE HBASE TABLE history (
    user_id BIGINT KEY, name VARCHAR CELL 'd:name', at BIGINT VERSION) FROM 'people' WITH (versions = 2)`)
  expect(
    await rows('SELECT name, "at" FROM hbase.history WHERE user_id = 1000 ORDER BY 2'),
  ).toEqual([
    ['was 2', 2],
    ['was 3', 3],
  ])
})

test('what is not as it is mapped is told by its place', async () => {
  const wrong = rows(
    "CREATE HBASE TABLE w (id BIGINT KEY, name DOUBLE CELL 'd:name') FROM 'people'",
  )
  await expect(wrong).rejects.toThrow(
    /d:name of the row '.*' of people is 'name 0', which is not name DOUBLE/,
  )
  await expect(rows("CREATE HBASE TABLE w (id INTEGER KEY) FROM 'people'")).rejects.toThrow(
    /not id INTEGER/,
  )
  await expect(
    rows("CREATE HBASE TABLE w (id BIGINT KEY, a VARCHAR CELL 'x:a') FROM 'people'"),
  ).rejects.toThrow('people has no family x')
  await expect(rows("CREATE HBASE TABLE w (id BIGINT KEY) FROM 'nope'")).rejects.toThrow(
    'There is no table nope in HBase',
  )
  await expect(rows("CREATE HBASE TABLE people (id BIGINT KEY) FROM 'people'")).rejects.toThrow(
    'The HBase table people is there, with another mapping',
  )
  await expect(rows('DROP HBASE TABLE nope')).rejects.toThrow('There is no HBase table nope')
  await expect(rows('FROM hbase.nope')).rejects.toThrow(/nope/)
})

test('a mapping outlives the engine, and is dropped for good', async () => {
  await rows(people)
  opened.killProcess()
  expect(await rows('SELECT name FROM hbase.people WHERE user_id = 3')).toEqual([['name 3']])
  expect(await rows('DROP HBASE TABLE people')).toEqual([['people', 'dropped']])
  await expect(rows('SELECT name FROM hbase.people')).rejects.toThrow(/people/)
})

test('a statement that is cancelled while its rows come ends', async () => {
  await rows(people)
  const abort = new AbortController()
  const running = rows(
    'SELECT count(*) FROM hbase.people a, hbase.people b, hbase.people c, hbase.people d',
    { signal: abort.signal },
  )
  setTimeout(() => abort.abort(), 30)
  await expect(running).rejects.toThrow('cancelled')
  expect(await rows('SELECT count(*) FROM hbase.people')).toEqual([[201]])
})
