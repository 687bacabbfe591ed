import { describe, expect, test } from 'vitest'
import type { CatalogTable } from '../../../backend/contract/catalog.ts'
import { SqlCatalog } from './sql-catalog.ts'
import { completeSql } from './sql-complete.ts'
import { callAt, hoverSql } from './sql-hover.ts'

function table(schema: string, name: string, columns: Record<string, string>): CatalogTable {
  return {
    schema,
    name,
    kind: schema ? 'lake' : 'stream',
    columns: Object.entries(columns).map(([column, type]) => ({
      name: column,
      type,
      isNullable: true,
    })),
    rows: 1_000,
    bytes: 0,
    isLive: !schema,
  }
}

const catalog = new SqlCatalog({
  engines: ['server'],
  tables: [
    table('', 'events', { event_time: 'TIMESTAMP', event_type: 'VARCHAR', price: 'DECIMAL(18,2)' }),
    table('lake', 'products', { product_id: 'BIGINT', 'unit price': 'DOUBLE' }),
  ],
  functions: [
    { name: 'date_trunc', kind: 'scalar', signatures: ['part, timestamp'], description: 'Cuts.' },
    { name: 'read_csv', kind: 'table', signatures: ['path'] },
  ],
  keywords: ['SELECT', 'MINUTE'],
})

function complete(marked: string) {
  const { items } = completeSql(marked.replace('|', ''), marked.indexOf('|'), catalog)
  return items
}
const labels = (marked: string, kind: string) =>
  complete(marked)
    .filter(item => item.kind === kind)
    .map(item => item.label)

describe('completion', () => {
  test.each([
    ['SELECT | FROM events', ['event_time', 'event_type', 'price']],
    ['SELECT ev| FROM events', ['event_time', 'event_type']],
    ['SELECT et| FROM events', ['event_time', 'event_type']],
    ['SELECT p.| FROM events e, lake.products p', ['product_id', 'unit price']],
    ['SELECT E.pr| FROM events e', ['price']],
    [
      'WITH a AS (SELECT price AS cost, event_type FROM events) SELECT | FROM a',
      ['cost', 'event_type'],
    ],
    ['WITH a AS (SELECT * FROM events) SELECT x.| FROM a x', ['event_time', 'event_type', 'price']],
    ['SELECT s.| FROM (FROM events) s', ['event_time', 'event_type', 'price']],
    ['SELECT * FROM events WHERE event_time > now() AND pri|', ['price']],
    ["SELECT 'ev|' FROM events", []],
    ['SELECT -- ev|\n1 FROM events', []],
  ])('%s offers the columns %j', (marked, expected) => {
    expect(labels(marked, 'column')).toEqual(expected)
  })

  test('after FROM come tables, and a schema gives its own', () => {
    expect(labels('SELECT * FROM |', 'table')).toEqual(['events', 'lake.products'])
    expect(labels('SELECT * FROM lake.|', 'table')).toEqual(['products'])
    expect(labels('WITH tops AS (SELECT 1) SELECT * FROM |', 'table')[0]).toBe('tops')
    expect(labels('SELECT * FROM |', 'column')).toEqual([])
  })

  test('columns stand before keywords and functions, and odd names get quotes', () => {
    const items = complete('SELECT | FROM lake.products')
    expect(items.slice(0, 2).map(item => item.insert)).toEqual(['product_id', '"unit price"'])
    expect(items.some(item => item.insert === 'date_trunc($0)')).toBe(true)
  })

  test('a catalog of 3,000 tables with 300 columns answers at once', () => {
    const columns = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`column_${i}`, 'BIGINT']),
    )
    const tables = Array.from({ length: 3_000 }, (_, i) => table('lake', `table_${i}`, columns))
    const wide = new SqlCatalog({ engines: [], tables, functions: [], keywords: [] })
    const started = performance.now()
    const sql = 'SELECT  FROM lake.table_7'
    expect(completeSql(sql, 7, wide).items.filter(item => item.kind === 'column')).toHaveLength(300)
    expect(performance.now() - started).toBeLessThan(200)
  })
})

describe('hover', () => {
  const hover = (marked: string) =>
    hoverSql(marked.replace('|', ''), marked.indexOf('|'), catalog)?.markdown

  test.each([
    ['SELECT pr|ice FROM events', /\*\*price\*\* DECIMAL\(18,2\) · events/],
    ['SELECT * FROM ev|ents', /\*\*events\*\* · 1,000 rows, live/],
    ['SELECT |e.price FROM events e', /\*\*events\*\*/],
    ['SELECT date_t|runc(1) FROM events', /date_trunc\(part, timestamp\)[\s\S]*Cuts\./],
  ])('%s', (marked, expected) => {
    expect(hover(marked)).toMatch(expected)
  })

  test('nothing is said of what is not known', () => {
    expect(hover('SELECT nothi|ng FROM events')).toBeUndefined()
    expect(hover("SELECT 'pri|ce'")).toBeUndefined()
  })
})

test.each([
  ['SELECT date_trunc(|', { name: 'date_trunc', parameter: 0 }],
  ["SELECT date_trunc('hour', |", { name: 'date_trunc', parameter: 1 }],
  ['SELECT date_trunc(f(1, 2), |)', { name: 'date_trunc', parameter: 1 }],
  ['SELECT (|', null],
  ['SELECT date_trunc(1) |', null],
])('the call at %s is %j', (marked, expected) => {
  expect(callAt(marked.replace('|', ''), marked.indexOf('|'))).toEqual(expected)
})
