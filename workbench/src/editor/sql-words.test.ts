import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { quoteName } from './sql-catalog.ts'
import { needsQuotes } from './sql-words.ts'

test('names are quoted where DuckDB asks for it', async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const read = await connection.runAndReadAll(
    'SELECT keyword_name, keyword_category FROM duckdb_keywords()',
  )
  connection.closeSync()
  const strict = ['reserved', 'type_function']
  const asked = read.getRows().filter(([, category]) => strict.includes(String(category)))
  expect(asked.length).toBeGreaterThan(50)
  for (const [word, category] of read.getRows()) {
    expect([word, needsQuotes(String(word))]).toEqual([word, strict.includes(String(category))])
  }
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
