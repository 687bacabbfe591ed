import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { openDuckDb } from '../backend/base/duckdb.ts'
import { literal } from '../backend/base/sql.ts'
import { makeTemporaryFolder } from '../backend/testing/temporary-folder.ts'
import { Shop } from './shop.ts'
import { figures, views } from './testing/figures.ts'

const count = 1_000_000
const until = Date.UTC(2019, 9, 15)
const defaultTolerance = 0.05
let connection: DuckDBConnection

beforeAll(async () => {
  const folder = await makeTemporaryFolder()
  const file = join(folder, 'events.ndjson')
  const output = createWriteStream(file)
  const history = new Shop({ seed: 11 }).history({ from: until - 14 * 86_400_000, until, count })
  for (const records of history) {
    output.write(Buffer.concat(records.flatMap(({ value }) => [value, Buffer.from('\n')])))
  }
  await finished(output.end())
  const duckDb = await openDuckDb({ threads: 2, memoryBytesMax: 4 * 2 ** 30, spillFolder: folder })
  connection = await duckDb.connect()
  await connection.run(`CREATE TABLE events AS SELECT * FROM read_json(${literal(file)},
    format = 'newline_delimited', records = true, columns = {event_time: 'TIMESTAMP', event_type: 'VARCHAR',
    product_id: 'BIGINT', category_id: 'BIGINT', category_code: 'VARCHAR', brand: 'VARCHAR', price: 'DECIMAL(18,2)',
    user_id: 'BIGINT', user_session: 'VARCHAR'})`)
  for (const view of views) await connection.run(view)
}, 120_000)

test('a million events are a million rows', async () => {
  const read = await connection.runAndReadAll('SELECT count(*)::INT FROM events')
  expect(read.getRowsJS()).toEqual([[count]])
})

test.each(figures)(
  '$name is near $target',
  async ({ sql, target, tolerance = defaultTolerance }) => {
    const read = await connection.runAndReadAll(`SELECT (${sql})::DOUBLE`)
    const measured = Number(read.getRowsJS()[0]?.[0])
    expect(Math.abs(measured / target - 1), `it is ${measured}`).toBeLessThanOrEqual(tolerance)
  },
)

test('equal seeds make equal events', () => {
  const make = () => {
    const history = new Shop({ seed: 7 }).history({
      from: until - 86_400_000,
      until,
      count: 20_000,
    })
    return Buffer.concat([...history].flat().map(({ value }) => value))
  }
  expect(make().equals(make())).toBe(true)
})
