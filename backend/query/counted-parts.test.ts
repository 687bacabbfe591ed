import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbeddedEngine, rowsOf } from '../testing/embedded-engine.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
import { countedByParts } from './counted-parts.ts'
import { parseStatement, sqlOf } from './syntax-tree.ts'

let opened: Awaited<ReturnType<typeof openEmbeddedEngine>>

beforeAll(async () => {
  opened = await openEmbeddedEngine(await makeTemporaryFolder(), { commitRowsMax: 4 })
  const order = (id: number) => JSON.stringify({ id, at: '2024-01-01T00:00:00Z' })
  await opened.produce([1, 2, 3, 4, 5].map(order))
})
afterAll(() => opened.close())

async function countedForm(sql: string): Promise<string | undefined> {
  const tree = await parseStatement(opened.connection, sql)
  const counted = tree && countedByParts(tree, ['orders'])
  return counted && (await sqlOf(opened.connection, counted))
}

const counting: readonly (readonly [sql: string, names: readonly string[], row: unknown[]])[] = [
  ['SELECT count(*) FROM orders', ['count_star()'], [5]],
  ['FROM Orders SELECT count() AS n', ['n'], [5]],
  ['SELECT count(*) AS a, count(*) AS b FROM main.orders AS o', ['a', 'b'], [5, 5]],
  ['SELECT count(*), count(*) FROM orders', ['count_star()', 'count_star()'], [5, 5]],
  ['SELECT 10 * (SELECT count(*) FROM orders) AS n', ['n'], [50]],
  ['WITH c AS (SELECT count(*) AS n FROM orders) SELECT n FROM c WHERE n > $less', ['n'], [5]],
]

test.each(counting)('%s counts history and tail by themselves', async (sql, names, row) => {
  expect(await countedForm(sql)).toMatch(/FROM lake.+ UNION ALL .+ FROM tail/is)
  const after = await opened.endOffsets()
  const result = await opened.run(sql, { after, params: sql.includes('$less') ? { less: 4 } : {} })
  expect(result.columns.map(({ name }) => name)).toEqual(names)
  expect(new Set(result.columns.map(({ type }) => type))).toEqual(new Set(['BIGINT']))
  expect(await rowsOf(result)).toEqual([row])
})

test.each([
  'SELECT count(*) FROM orders WHERE id > 1',
  'SELECT count(*) FILTER (WHERE id > 1) FROM orders',
  'SELECT count(id) FROM orders',
  'SELECT count(DISTINCT id) FROM orders',
  'SELECT count(*), max(id) FROM orders',
  'SELECT count(*) OVER () FROM orders',
  'SELECT id, count(*) FROM orders GROUP BY 1',
  'SELECT count(*) FROM orders GROUP BY ()',
  'SELECT count(*) FROM orders HAVING count(*) > 1',
  'SELECT count(*) FROM orders LIMIT 0',
  'SELECT count(*) FROM orders TABLESAMPLE 10%',
  'SELECT count(*) FROM lake.orders',
  'SELECT count(*) FROM orders, orders AS others',
  'SELECT count(*) FROM customers',
  'WITH orders AS (SELECT 1) SELECT count(*) FROM orders',
])('%s is left as it is', async sql => {
  expect(await countedForm(sql)).toBeUndefined()
})

test('what is wrong with a statement that counts is told of the statement as it is', async () => {
  const sql = 'SELECT (SELECT count(*) FROM orders) AS n, ider FROM orders'
  await expect(opened.run(sql)).rejects.toMatchObject({
    code: 'sql-unknown-name',
    extra: { position: { line: 1, column: 44 } },
  })
})
