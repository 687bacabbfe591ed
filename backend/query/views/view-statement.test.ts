import { expect, test } from 'vitest'
import { viewStatementOf } from './view-statement.ts'

test.each([
  [
    'CREATE LIVE VIEW v AS SELECT 1',
    { name: 'v', replaces: false, ifAbsent: false, sql: ' SELECT 1' },
  ],
  ['create or replace live view "My ""v""" as\nselect 1;\n', { name: 'my "v"', replaces: true }],
  [
    '-- note\nCREATE /* x */ LIVE VIEW IF NOT EXISTS live.v AS SELECT 1',
    { name: 'v', ifAbsent: true },
  ],
])('%s', (sql, expected) => {
  expect(viewStatementOf(sql)).toMatchObject({ kind: 'create', ...expected })
})

test.each([
  ['WITH (retention = INTERVAL 7 DAY) AS', '7 day'],
  ["with ( retention = interval '12 hours' ) as", '12 hour'],
  ["WITH (retention='30 minutes')AS", '30 minute'],
  ['AS', undefined],
])('%s', (settings, retention) => {
  expect(viewStatementOf(`CREATE LIVE VIEW v ${settings} SELECT 1`)).toMatchObject({ retention })
})

test('the rest of what is said of live views', () => {
  expect(viewStatementOf('DROP LIVE VIEW IF EXISTS v;')).toEqual({
    kind: 'drop',
    name: 'v',
    ifThere: true,
  })
  expect(viewStatementOf(' show live views ')).toEqual({ kind: 'show' })
})

test.each(['SELECT 1', 'CREATE VIEW v AS SELECT 1', 'SHOW TABLES', 'SELECT live, view FROM v'])(
  '%s is none',
  sql => {
    expect(viewStatementOf(sql)).toBeUndefined()
  },
)

test.each([
  'CREATE LIVE VIEW v WITH (retention = 7) AS SELECT 1',
  'CREATE LIVE VIEW AS SELECT 1',
  'CREATE LIVE VIEW v AS',
  'DROP LIVE VIEW v, w',
])('%s is told how it is written', sql => {
  expect(() => viewStatementOf(sql)).toThrow(/live view|SELECT/)
})
