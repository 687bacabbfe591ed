import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { namedRelations } from '../engine/named-relations.ts'
import { quoteName } from './sql-catalog.ts'
import { needsQuotes } from './sql-words.ts'

test('names are quoted where DuckDB asks for it, and where the page would not find them', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const read = await connection.runAndReadAll(
    'SELECT keyword_name, keyword_category FROM duckdb_keywords()',
  )
  connection.closeSync()
  const words = read.getRows().map(([word, category]) => ({ word: String(word), category }))
  const strict = words.filter(({ category }) =>
    ['reserved', 'type_function'].includes(String(category)),
  )
  expect(strict.length).toBeGreaterThan(50)
  expect(strict.filter(({ word }) => !needsQuotes(word))).toEqual([])
  for (const { word } of words) {
    expect(namedRelations(`SELECT * FROM ${quoteName(word)}`)).toEqual([[word]])
  }
  expect(words.filter(({ word }) => needsQuotes(word)).length).toBe(strict.length + 6)
})

test.each([
  ['brand', 'brand'],
  ['größe', 'größe'],
  ['first', 'first'],
  ['Default', '"Default"'],
  ['order', '"order"'],
  ['per brand', '"per brand"'],
  ['a"b', '"a""b"'],
])('%s', (name, written) => {
  expect(quoteName(name)).toBe(written)
})
