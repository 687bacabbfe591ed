import { expect, test } from 'vitest'
import { neededColumns } from './needed-columns.ts'

const columns = ['id', 'price', 'brand', 'event_type']

test.each([
  ['SELECT brand, sum(price * 2) FROM events GROUP BY 1', 'price,brand'],
  ['SELECT count(*) FROM events', 'id'],
  [
    'SELECT count( * ) FROM events e JOIN f USING ("Brand") WHERE e.event_type = 1',
    'brand,event_type',
  ],
  ['SELECT * FROM events', 'all'],
  ['SELECT f.a, e.* FROM events e, f', 'all'],
  ['SELECT DISTINCT * FROM events', 'all'],
  ['FROM events', 'all'],
  ['SELECT a FROM (FROM events)', 'all'],
  ['FROM events SELECT brand', 'brand'],
  ['SELECT e FROM events AS e', 'all'],
  ['SELECT events FROM events', 'all'],
  ['SELECT e.brand FROM events e ORDER BY e.id', 'id,brand'],
  ['SUMMARIZE events', 'all'],
  ['SELECT a FROM events NATURAL JOIN f', 'all'],
  ["SELECT min(COLUMNS('p.*')) FROM events", 'all'],
  ['SELECT brand FROM events -- price', 'brand'],
])('%s needs %s', (sql, expected) => {
  const needed = neededColumns(sql, ['events'], columns)
  expect(needed.length === columns.length ? 'all' : needed.join()).toBe(expected)
})
