import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import { openEmbeddedEngine, rowsOf } from '../testing/embedded-engine.ts'
import { makeTemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts'

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>

function order(id: number): string {
  return JSON.stringify({ at: `2019-10-0${1 + (id % 9)} 12:00:00`, id })
}

function afterOf(ranges: readonly { partition: number; lastOffset: number }[]) {
  return { orders: Object.fromEntries(ranges.map(r => [r.partition, r.lastOffset])) }
}

describe('one engine', () => {
  let folder: string
  let opened: Opened

  beforeAll(async () => {
    folder = await makeTemporaryFolder()
    opened = await openEmbeddedEngine(folder)
    const ranges = await opened.produce([...Array(1000).keys()].map(order))
    await opened.run('SELECT 1', { after: afterOf(ranges) })
  })
  afterAll(async () => {
    await opened.close()
    await rm(folder, { recursive: true })
  })

  const failing = (sql: string, options = {}) =>
    opened
      .run(sql, options)
      .then(rowsOf)
      .then(
        rows => ({ code: 'none', rows }),
        error => error,
      )

  test('a statement sees what was appended before, and says how much that is', async () => {
    const ranges = await opened.produce(['{"at":"2019-10-01","id":7777}', 'broken'])
    const result = await opened.run(
      'SELECT count(*), (SELECT count(*) FROM dead_letters) FROM orders',
      { after: afterOf(ranges) },
    )
    expect(result.streams.map(({ stream }) => stream)).toEqual(['orders'])
    const ends = result.streams[0]?.partitions.map(({ nextOffset }) => nextOffset) ?? []
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(1002)
    expect(await rowsOf(result)).toEqual([[1001, 1]])
  })

  test('a statement that reads no stream names none, and the clock makes it volatile', async () => {
    const result = await opened.run("SELECT now() > TIMESTAMPTZ '2020-01-01'")
    expect([result.streams, result.isVolatile]).toEqual([[], true])
    expect(await rowsOf(result)).toEqual([[true]])
    expect((await opened.run('FROM orders')).isVolatile).toBe(false)
  })

  test('parameters are bound by name, and a missing one is named', async () => {
    const result = await opened.run('SELECT $a + 1, $b', { params: { a: 41, b: "it's" } })
    expect(await rowsOf(result)).toEqual([[42, "it's"]])
    expect(await failing('SELECT $a')).toMatchObject({ code: 'sql-parameter' })
  })

  test('an error points at its place and suggests what was meant', async () => {
    expect(await failing('SELECT iid\nFROM orders')).toMatchObject({
      code: 'sql-unknown-name',
      hint: 'Did you mean "id"?',
      extra: { position: { offset: 7, line: 1, column: 8, length: 3 } },
    })
    expect(await failing('SELECT 1 FRM orders x')).toMatchObject({ code: 'sql-syntax' })
    expect(await failing('SELECT * FROM ordrs')).toMatchObject({ code: 'sql-unknown-name' })
    expect((await failing('SELECT * FROM master')).hint).toBeUndefined()
    const dotted = 'SELECT count(*) FROM orders o JOIN dead_letters d ON o.idd = d.raw'
    expect(await failing(dotted)).toMatchObject({
      code: 'sql-unknown-name',
      message: '"o" has no column named "idd"',
      hint: 'Did you mean "id"?',
      extra: { position: { offset: dotted.indexOf('o.idd') } },
    })
    expect((await failing('SELECT o.raw FROM orders o, dead_letters')).hint).toBeUndefined()
    expect(await failing('SELECT x.id FROM orders o')).toMatchObject({
      code: 'sql-unknown-name',
      hint: 'Did you mean "o"?',
    })
    expect(await failing("SELECT 'x'::INT")).toMatchObject({ code: 'sql-runtime' })
    expect(await failing('-- nothing')).toMatchObject({ code: 'sql-syntax' })
  })

  test.each([
    "COPY orders TO '/tmp/millrace-escape.csv'",
    "ATTACH '/tmp/millrace-escape.db'",
    'CREATE TABLE mine AS FROM orders',
    'INSERT INTO tail.orders VALUES (1)',
    'DROP VIEW orders',
    'SET threads = 1',
    'PRAGMA database_size; SELECT 1',
    'SELECT 1; SELECT 2',
    "SELECT * FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    'INSTALL httpfs',
    "LOAD '/tmp/x.duckdb_extension'",
    'EXPLAIN ANALYZE CREATE TABLE mine AS FROM orders',
    "PIVOT orders ON id USING count(*); COPY orders TO '/tmp/millrace-escape.csv'",
  ])('%s is refused', async sql => {
    const outcome = await failing(sql)
    expect(outcome.code).toMatch(/^(sql-not-allowed|sql-syntax|sql-unknown-name)$/)
  })

  test('a pivot that finds its columns in the data works', async () => {
    const result = await opened.run(
      'PIVOT (SELECT id % 2 AS odd FROM orders) ON odd USING count(*)',
    )
    expect(result.columns.map(({ name }) => name)).toEqual(['0', '1'])
    expect((await rowsOf(result)).length).toBe(1)
  })

  test('a cancelled statement ends, and its connection serves the next', async () => {
    const abort = new AbortController()
    const endless = opened.run('SELECT count(*) FROM range(1000000000000)', {
      signal: abort.signal,
    })
    setTimeout(() => abort.abort(), 100)
    await expect(endless).rejects.toMatchObject({ code: 'query-cancelled' })
    expect(await rowsOf(await opened.run('SELECT 1'))).toEqual([[1]])
  })

  test('a statement that takes too long is stopped and says so', async () => {
    const outcome = await failing('SELECT count(*) FROM range(1000000000000)', { timeoutMs: 200 })
    expect(outcome).toMatchObject({ code: 'query-timeout' })
  })

  test('a statement that needs too much memory fails alone', async () => {
    const greedy =
      'SELECT sum(len(s)) FROM (SELECT string_agg(repeat(range::VARCHAR, 1000)) AS s FROM range(10000000))'
    const [outcome, rows] = await Promise.all([
      failing(greedy),
      opened.run('SELECT count(*) FROM orders').then(rowsOf),
    ])
    expect(outcome).toMatchObject({ code: 'query-memory' })
    expect(rows[0]?.[0]).toBeGreaterThanOrEqual(1000)
  })

  test('a result goes on as fast as it is read, and only so many rows of it', async () => {
    const result = await opened.run('FROM range(3000000)', { rowsMax: 10 })
    expect((await rowsOf(result)).length).toBe(10)
    expect(await result.rowCount).toBe(3_000_000)
  })

  test('a result that breaks off after many rows fails, with the reason', async () => {
    const result = await opened.run(
      "SELECT CASE WHEN range < $n THEN range ELSE error('late') END FROM range(3000001);",
      { params: { n: 3_000_000 } },
    )
    await expect(rowsOf(result)).rejects.toMatchObject({ code: 'sql-runtime', message: 'late' })
    await expect(result.rowCount).rejects.toMatchObject({ code: 'sql-runtime' })
  })

  test('a result that nobody reads to its end is stopped', async () => {
    const result = await opened.run('FROM range(1000000000)')
    for await (const _ of result.messages) break
    await expect(result.rowCount).rejects.toMatchObject({ code: 'query-cancelled' })
  })
})

describe('an engine whose process dies', () => {
  test('runs again what it had not answered, on the same rows', async () => {
    const opened = await openEmbeddedEngine(await temporaryFolder(), { commitEveryMs: 1e9 })
    const ranges = await opened.produce([...Array(500).keys()].map(order))
    await rowsOf(await opened.run('FROM orders', { after: afterOf(ranges) }))
    const slow = opened.run('SELECT count(*) FROM orders, range(100000000) WHERE range < 3')
    await new Promise(resolve => setTimeout(resolve, 100))
    opened.killProcess()
    expect(await rowsOf(await slow)).toEqual([[1500]])
    expect(await rowsOf(await opened.run('SELECT count(*) FROM orders'))).toEqual([[500]])
    await opened.close()
  })
})

test('a new process answers when it sees what the lake holds', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder(), { commitEveryMs: 10 })
  const ranges = await opened.produce([...Array(500).keys()].map(order))
  await opened.run('SELECT 1', { after: afterOf(ranges) })
  await expect.poll(() => opened.tables.events.snapshot.version).toBeGreaterThan(0)
  for (let kill = 0; kill < 3; kill++) {
    opened.killProcess()
    expect(await rowsOf(await opened.run('SELECT count(*) FROM orders'))).toEqual([[500]])
  }
  await opened.close()
})

test('a snapshot that cannot be read is told, statements go on, and it is read when it can be', async () => {
  const folder = await temporaryFolder()
  const opened = await openEmbeddedEngine(folder)
  const heard: (string | undefined)[] = []
  opened.engine.onSnapshot((_, failure) => heard.push(failure?.code))
  const countAfter = async (first: number) => {
    const ids = Array.from({ length: 100 }, (_, n) => first + n)
    const after = afterOf(await opened.produce(ids.map(order)))
    return rowsOf(await opened.run('SELECT count(*) FROM orders', { after }))
  }
  expect(await countAfter(0)).toEqual([[100]])
  const localFiles = opened.lake.localFiles.bind(opened.lake)
  opened.lake.localFiles = async () => {
    throw new Failure('lake-cache-full', 'The history does not fit.')
  }
  expect(await countAfter(100)).toEqual([[200]])
  await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toBe('lake-cache-full')
  expect(await countAfter(200)).toEqual([[300]])
  opened.lake.localFiles = localFiles
  await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toBeUndefined()
  expect(await countAfter(300)).toEqual([[400]])
  await opened.close()
})
