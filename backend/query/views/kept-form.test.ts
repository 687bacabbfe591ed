import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { readFunctions, type SqlFunctions } from '../sql-functions.ts'
import { keptFormOf } from './kept-form.ts'

let connection: DuckDBConnection
let functions: SqlFunctions

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`
    CREATE SCHEMA kept; CREATE SCHEMA hbase; CREATE TABLE hbase.people (id BIGINT);
    CREATE TABLE orders ("at" TIMESTAMP, id BIGINT, payload JSON); CREATE TABLE users (id BIGINT, name VARCHAR)`)
  functions = await readFunctions(connection)
})

const formOf = (sql: string) => {
  const streams = new Map([['orders', ['at', 'id', 'payload']]])
  return keptFormOf(connection, sql, { functions, streams, schema: 'kept', newName: () => 'one' })
}

test('groups and aggregates are read from a view, and the rest stays', async () => {
  const sql = `SELECT id % 3 AS k, count(*) AS n, sum(id) / count(*) FROM orders WHERE id > 7
    GROUP BY k HAVING max(id) > 9 ORDER BY n DESC LIMIT 2`
  const form = await formOf(sql)
  expect(form?.views.map(view => view.sql)).toEqual([
    'SELECT (id % 3) AS "millrace group 0", count_star() AS "millrace aggregate 0", sum(id) AS "millrace aggregate 1", ' +
      'max(id) AS "millrace aggregate 2" FROM orders WHERE (id > 7) GROUP BY 1',
  ])
  expect(form?.sql).toBe(
    'SELECT "millrace group 0" AS k, "millrace aggregate 0" AS n, ' +
      '("millrace aggregate 1" / "millrace aggregate 0") AS "(sum(id) / count_star())" FROM kept.one ' +
      'WHERE ("millrace aggregate 2" > 9) ORDER BY n DESC LIMIT 2',
  )
})

test.each([
  ['SELECT count(*) FROM orders', false],
  ['SELECT name, count(*) FROM orders JOIN users USING (id) GROUP BY 1', true],
  ['SELECT * FROM users JOIN (SELECT id, count(*) FROM orders GROUP BY 1) USING (id)', true],
])('%s: what else is read is told', async (sql, readsMore) => {
  expect((await formOf(sql))?.readsMore).toBe(readsMore)
})

test('members of one value are columns of their own', async () => {
  const form =
    await formOf(`SELECT payload.country AS c, orders.payload.device AS d, max(payload.a.x), max(payload.a.y)
    FROM orders GROUP BY ALL`)
  expect(form?.views[0]?.sql).toBe(
    'SELECT payload.country AS "millrace group 0", orders.payload.device AS "millrace group 1", ' +
      'max(payload.a.x) AS "millrace aggregate 0", max(payload.a.y) AS "millrace aggregate 1" FROM orders GROUP BY 1, 2',
  )
  expect(form?.sql).toBe(
    'SELECT "millrace group 0" AS c, "millrace group 1" AS d, "millrace aggregate 0" AS "max(payload.a.x)", ' +
      '"millrace aggregate 1" AS "max(payload.a.y)" FROM kept.one',
  )
})

test('rows of HBase are brought to the statement as it is', async () => {
  const sql = `SELECT count(*) FROM orders`
  expect(await formOf(`${sql} UNION ALL SELECT id FROM users`)).toBeDefined()
  expect(await formOf(`${sql} UNION ALL SELECT id FROM hbase.people`)).toBeUndefined()
})
