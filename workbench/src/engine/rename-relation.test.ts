import { expect, test } from 'vitest'
import { renameRelation } from './rename-relation.ts'

test.each([
  ['SELECT sum(n) FROM top', 'SELECT sum(n) FROM leaders'],
  [
    'FROM Top JOIN events USING (id), "top" AS t',
    'FROM leaders JOIN events USING (id), leaders AS t',
  ],
  ['SELECT top.n FROM top WHERE top.n > 1', 'SELECT top.n FROM leaders AS top WHERE top.n > 1'],
  ['SELECT t.n FROM top t', 'SELECT t.n FROM leaders t'],
  ['SELECT top FROM top', 'SELECT top FROM leaders AS top'],
  ['SELECT unnest(top) FROM top', 'SELECT unnest(top) FROM leaders AS top'],
  ['FROM top, lake.other AS leaders', 'FROM leaders AS top, lake.other AS leaders'],
  ['SELECT top FROM lake.top, other', 'SELECT top FROM lake.top, other'],
  ['WITH top AS (SELECT 1) FROM top', 'WITH top AS (SELECT 1) FROM top'],
  ["SELECT 'FROM top' -- FROM top", "SELECT 'FROM top' -- FROM top"],
  ['SELECT (SELECT max(n) FROM top) FROM top', 'SELECT (SELECT max(n) FROM leaders) FROM leaders'],
])('%s', (sql, renamed) => {
  expect(renameRelation(sql, 'top', 'leaders')).toBe(renamed)
})

test('a name that is no plain one is quoted', () => {
  expect(renameRelation('FROM top', 'top', 'my-cell')).toBe('FROM "my-cell"')
  expect(renameRelation('FROM top', 'top', 'order')).toBe('FROM "order"')
  expect(renameRelation('FROM top', 'top', 'default')).toBe('FROM "default"')
})
