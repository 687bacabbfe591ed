import { expect, test } from 'vitest'
import { placeAt } from '../../../backend/contract/duckdb-error.ts'
import { inlineCells } from './inline-cells.ts'

const a = { name: 'a', sql: 'SELECT 1 AS n;\n-- the end' }
const b = { name: 'b-2', sql: 'FROM a' }

function oneLine(sql: string): string {
  return sql.replace(/\s+/g, ' ')
}

test.each([
  ['FROM a', 'WITH "a" AS ( SELECT 1 AS n -- the end ) FROM a'],
  [
    '-- first\nSELECT * FROM a',
    '-- first WITH "a" AS ( SELECT 1 AS n -- the end ) SELECT * FROM a',
  ],
  ['WITH c AS (FROM a) FROM c', 'WITH "a" AS ( SELECT 1 AS n -- the end ), c AS (FROM a) FROM c'],
  [
    'with recursive c AS (FROM a) FROM c',
    'with recursive "a" AS ( SELECT 1 AS n -- the end ), c AS (FROM a) FROM c',
  ],
  ['EXPLAIN FROM a', 'EXPLAIN WITH "a" AS ( SELECT 1 AS n -- the end ) FROM a'],
  ['SUMMARIZE a', 'SUMMARIZE WITH "a" AS ( SELECT 1 AS n -- the end ) FROM a'],
])('%s reads a cell', (sql, expected) => {
  expect(oneLine(inlineCells(sql, [a]).sql)).toBe(expected)
})

test('cells stand in their order, with quotes where their names need them', () => {
  expect(oneLine(inlineCells('FROM "b-2"', [a, b]).sql)).toBe(
    'WITH "a" AS ( SELECT 1 AS n -- the end ), "b-2" AS ( FROM a ) FROM "b-2"',
  )
})

test('a place is found again in the statement, and in the cells', () => {
  const sql = '-- a comment\nSELECT nope\nFROM "b-2"'
  const inlined = inlineCells(sql, [a, b])
  const at = (text: string): ReturnType<typeof inlined.placeOf> =>
    inlined.placeOf(placeAt(inlined.sql, inlined.sql.indexOf(text)))
  expect(at('nope')).toEqual({
    cell: null,
    position: { offset: 20, line: 2, column: 8, length: 4 },
  })
  expect(at('-- a comment').position).toMatchObject({ line: 1, column: 1 })
  expect(at('1 AS n')).toEqual({
    cell: 'a',
    position: { offset: 7, line: 1, column: 8, length: 1 },
  })
  expect(at('FROM a')).toEqual({
    cell: 'b-2',
    position: { offset: 0, line: 1, column: 1, length: 4 },
  })
})
