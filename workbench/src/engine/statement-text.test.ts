import { expect, test } from 'vitest'
import { checkReads, withoutSemicolon } from './statement-text.ts'

test.each([
  'SELECT 1;',
  '-- first\nfrom x -- end;',
  'SELECT \';\' AS "a;b" FROM x;',
  '(SELECT 1) UNION (SELECT 2)',
  'WITH insert AS (SELECT 1) FROM insert',
  'WITH x AS (SELECT 1) SELECT "insert" FROM x',
  'EXPLAIN SELECT 1',
])('%s reads', sql => {
  expect(() => checkReads(sql)).not.toThrow()
})

test.each([
  ['', /no statement/],
  ['-- nothing', /no statement/],
  ['SELECT 1; SELECT 2', /one statement/],
  ['DROP TABLE x', /drop statements/],
  ['COPY x TO y', /copy statements/],
  ['/* SELECT */ attach x', /attach statements/],
  ['WITH x AS (SELECT 1) INSERT INTO y FROM x', /insert statements/],
  ['with x as (select 1) delete from y', /delete statements/],
  ["SET memory_limit = '9GB'", /set statements/],
  ['"SELECT" 1', /no statement/],
])('%s is refused', (sql, reason) => {
  expect(() => checkReads(sql)).toThrow(reason)
})

test('the last semicolon goes, and no other', () => {
  expect(withoutSemicolon("SELECT ';' -- ;\n ; -- end;")).toBe("SELECT ';' -- ;\n  -- end;")
})
