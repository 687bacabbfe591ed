import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopEvent, startMillrace } from '../../testing/running-millrace.ts'
import { makeTemporaryFolder } from '../../testing/temporary-folder.ts'

type Running = Awaited<ReturnType<typeof startMillrace>>

const perProduct = 'SELECT product_id, count(*) AS n, sum(price) AS value FROM events GROUP BY 1'
let folder: string
let millrace: Running

beforeAll(async () => {
  folder = await makeTemporaryFolder()
  millrace = await startMillrace(folder, { MILLRACE_COMMIT_EVERY: '0.2' })
})
afterAll(() => millrace.close())

async function rows(sql: string, more: object = {}): Promise<unknown[][]> {
  const answer = await millrace.query(sql, more)
  expect(answer.body).not.toContain('"status"')
  return answer.json<{ rows: unknown[][] }>().rows
}

async function problem(sql: string): Promise<{ code: string; detail: string }> {
  return (await millrace.query(sql)).json()
}

test('a live view is made in a cell, counts what comes, and is there after a restart', async () => {
  expect(await rows(`CREATE LIVE VIEW product_stats AS ${perProduct}`)).toEqual([
    ['product_stats', 'created'],
  ])
  const first = await millrace.append([shopEvent(1), shopEvent(1), shopEvent(2)])
  const read = 'FROM live.product_stats ORDER BY 1'
  const expected = [
    [1, 2, 3],
    [2, 1, 1.5],
  ]
  expect(await rows(read, { after: first })).toEqual(expected)
  await expect.poll(() => rows('SELECT is_complete FROM millrace.live_views')).toEqual([[true]])
  await millrace.close()
  millrace = await startMillrace(folder, { MILLRACE_COMMIT_EVERY: '0.2' })
  expect(await rows(read)).toEqual(expected)
  const second = await millrace.append([shopEvent(2)])
  expect(await rows(`${read} DESC LIMIT 1`, { after: second })).toEqual([[2, 2, 3]])
})

test('what depends on a view is told the streams that it saw', async () => {
  const { result } = await millrace.queries.run(
    { sql: 'SELECT sum(n) FROM live.product_stats' },
    new AbortController().signal,
  )
  for await (const _ of result.messages);
  expect(result.streams.map(({ stream }) => stream)).toEqual(['events'])
})

test('making it again as it is changes nothing; otherwise it has to be asked for', async () => {
  expect(await rows(`CREATE LIVE VIEW product_stats AS ${perProduct}`)).toEqual([
    ['product_stats', 'unchanged'],
  ])
  const other = 'SELECT user_id, count(*) AS n FROM events GROUP BY 1'
  expect(await problem(`CREATE LIVE VIEW product_stats AS ${other}`)).toMatchObject({
    code: 'view-exists',
  })
  expect(await rows(`CREATE LIVE VIEW IF NOT EXISTS product_stats AS ${other}`)).toEqual([
    ['product_stats', 'unchanged'],
  ])
  expect(await rows(`CREATE OR REPLACE LIVE VIEW product_stats AS ${other}`)).toEqual([
    ['product_stats', 'replaced'],
  ])
  expect(await rows('SELECT sum(n)::INTEGER FROM live.product_stats')).toEqual([[4]])
})

test('one that cannot be kept leaves the one before it as it was', async () => {
  const refused = await problem(
    'CREATE OR REPLACE LIVE VIEW product_stats AS SELECT user_id, median(price) AS m FROM events GROUP BY 1',
  )
  expect(refused).toMatchObject({
    code: 'view-not-mergeable',
    position: { line: 1, column: 62 },
  })
  expect(await rows('SELECT sum(n)::INTEGER FROM live.product_stats')).toEqual([[4]])
})

test('it stands in the catalog, and in the list', async () => {
  const { tables } = await millrace.catalog.read()
  expect(tables.find(({ kind }) => kind === 'live-view')).toMatchObject({
    schema: 'live',
    name: 'product_stats',
    columns: [
      { name: 'user_id', type: 'BIGINT' },
      { name: 'n', type: 'BIGINT' },
    ],
    isLive: true,
  })
  await expect
    .poll(() => rows('SHOW LIVE VIEWS'))
    .toEqual([
      [
        'product_stats',
        'events',
        true,
        2,
        null,
        'SELECT user_id, count(*) AS n FROM events GROUP BY 1',
      ],
    ])
})

test('it is dropped, and can be made again', async () => {
  expect(await rows('DROP LIVE VIEW product_stats')).toEqual([['product_stats', 'dropped']])
  expect(await problem('FROM live.product_stats')).toMatchObject({ code: 'sql-unknown-name' })
  expect(await problem('DROP LIVE VIEW product_stats')).toMatchObject({ code: 'unknown-view' })
  expect(await rows('DROP LIVE VIEW IF EXISTS product_stats')).toEqual([
    ['product_stats', 'unchanged'],
  ])
  expect(await rows(`CREATE LIVE VIEW product_stats AS ${perProduct}`)).toEqual([
    ['product_stats', 'created'],
  ])
})
