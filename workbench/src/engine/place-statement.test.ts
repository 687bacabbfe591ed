import { expect, test } from 'vitest'
import type { CellEngine } from '../../../backend/contract/notebook-format.ts'
import { type NamedSources, placeStatement } from './place-statement.ts'

const cell = (name: string, sql: string, engine: CellEngine = 'auto') => ({ name, sql, engine })
const sources: NamedSources = {
  cells: [
    cell('per_day', 'SELECT * FROM events'),
    cell('best', 'FROM per_day ORDER BY n LIMIT 3'),
    cell('segments', 'SELECT segment, count(*) FROM customers GROUP BY 1'),
    cell('on_spark', 'SELECT * FROM events', 'spark'),
    cell('ping', 'FROM pong'),
    cell('pong', 'FROM ping'),
    cell('made', 'CREATE LIVE VIEW v AS SELECT 1'),
    cell('events', 'SELECT 1'),
  ],
  files: ['customers'],
  hasTable: path => ['events', 'live.product_stats'].includes(path.join('.').toLowerCase()),
}

function place(sql: string, engine: CellEngine = 'auto', name = 'own') {
  return placeStatement(cell(name, sql, engine), sources)
}

test.each([
  ['SELECT 1', 'auto', 'server', ''],
  ['FROM events', 'auto', 'server', ''],
  ['FROM nope', 'auto', 'server', ''],
  ['FROM best', 'auto', 'browser', 'best is here already'],
  ['FROM Best JOIN per_day USING (n)', 'auto', 'browser', 'best, per_day are here already'],
  ['FROM best', 'server', 'server', 'per_day, best run as a part of it, on one state of the data'],
  [
    'FROM per_day JOIN events USING (n)',
    'auto',
    'server',
    'per_day runs as a part of it, on one state of the data',
  ],
  ['FROM customers', 'auto', 'browser', 'customers is here already'],
  [
    'FROM customers, events one JOIN Events other USING (user_id)',
    'auto',
    'browser',
    'customers is here already; Events fetched',
  ],
  [
    'FROM customers JOIN events USING (user_id)',
    'auto',
    'browser',
    'customers is here already; events fetched',
  ],
  [
    'FROM segments, live.product_stats',
    'auto',
    'browser',
    'segments is here already; live.product_stats fetched',
  ],
  ['FROM events', 'browser', 'browser', 'events fetched'],
  ['SELECT 1', 'browser', 'browser', 'it reads no table'],
  ['FROM on_spark', 'auto', 'browser', 'on_spark is here already'],
  ['FROM on_spark', 'spark', 'server', 'on_spark runs as a part of it, on one state of the data'],
  ['FROM made', 'auto', 'server', ''],
] as const)('%s with engine %s runs in the %s: %s', (sql, engine, is, reason) => {
  expect(place(sql, engine)).toMatchObject({ is, reason })
})

test.each([
  ['FROM customers', 'server', /customers is a file that only this browser has/],
  ['FROM segments JOIN events USING (n)', 'server', /customers is a file/],
  ['FROM best', 'spark', /best is written for DuckDB/],
  ['FROM on_spark', 'server', /on_spark is written for Spark/],
  ['FROM ping', 'auto', /ping, pong read one another in a circle/],
] as const)('%s with engine %s is refused', (sql, engine, detail) => {
  const placement = place(sql, engine)
  expect(placement.is === 'refused' && placement.problem.detail).toMatch(detail)
})

test('what can run on the server as well, does when the browser cannot', () => {
  const placement = place('FROM best')
  expect(placement.is === 'browser' && placement.otherwise?.inlined.sql).toContain('LIMIT 3')
  const local = place('FROM customers')
  expect(local.is === 'browser' && local.otherwise).toBe(null)
})

test('a cell that has the name of what it reads does not read itself', () => {
  expect(place('FROM best', 'auto', 'best')).toMatchObject({ is: 'server', reason: '' })
})
