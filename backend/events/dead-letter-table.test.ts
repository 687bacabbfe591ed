import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { appendDeadLetters, createDeadLetterTable } from './dead-letter-table.ts'

test.each([
  ['in milliseconds', 1_700_000_000_000, '2023-11-14 22:13:20'],
  ['in microseconds', 1_700_000_000_000_000, '9999-12-31 23:59:59.999'],
  ['in nanoseconds', 1_700_000_000_000_000_000, '9999-12-31 23:59:59.999'],
  ['that is none', -1, '1970-01-01 00:00:00'],
])('a dead letter has a place whatever time its producer gave it: %s', async (_, ms, expected) => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await createDeadLetterTable(connection, 'dead_letters')
  const problem = { reason: 'not-json', detail: '' } as const
  const letter = { partition: 0, offset: 1, timestamp: ms, ...problem, raw: Buffer.from('?') }
  await appendDeadLetters(connection, { name: 'dead_letters' }, 'events', [letter])
  const found = await connection.runAndReadAll('SELECT appended_at::VARCHAR FROM dead_letters')
  expect(found.getRows()).toEqual([[expected]])
  connection.closeSync()
  instance.closeSync()
})
