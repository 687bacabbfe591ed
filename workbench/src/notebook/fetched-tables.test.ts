import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { beforeEach, expect, test } from 'vitest'
import type { QueryState } from '../../../backend/contract/query.ts'
import { ArrowMessageSplitter } from '../api-client/arrow-messages.ts'
import type { QueryClient } from '../api-client/query-client.ts'
import { ManualClock } from '../base/manual-clock.ts'
import { RunSlots } from '../cell/run-slots.ts'
import { FetchedTables } from './fetched-tables.ts'

/** A server whose table has as many rows as events have come. */
class CountedQueries implements QueryClient {
  readonly asked: string[] = []
  events = 3
  bytesOfRow = 8

  async run(...[{ sql }, options]: Parameters<QueryClient['run']>): Promise<void> {
    this.asked.push(sql)
    const rows = { n: new Uint8Array(this.events * this.bytesOfRow) }
    const bytes = new Uint8Array(tableToIPC(tableFromArrays(rows), { format: 'stream' }) ?? [])
    for (const message of new ArrowMessageSplitter().push(bytes)) await options.onMessage(message)
  }

  async state(id: string): Promise<QueryState> {
    const partitions = [{ partition: 0, nextOffset: this.events }]
    return {
      ...{
        id,
        state: 'done',
        engine: 'server',
        reason: '',
        progress: 1,
        fetching: null,
        rows: 0,
        elapsedMs: 7,
      },
      streams: [{ stream: 'events', version: 1, partitions, ageMs: 40 }],
    }
  }

  cancel(id: string): Promise<QueryState> {
    return this.state(id)
  }
}

const { signal } = new AbortController()
let queries: CountedQueries
let tables: FetchedTables

beforeEach(() => {
  queries = new CountedQueries()
  tables = new FetchedTables({ queries, clock: new ManualClock(), slots: new RunSlots(4) })
})

function fetch(columns: readonly string[], path: readonly string[] = ['events'], isKept = true) {
  return tables.fetch({ path, columns, isKept }, signal)
}

test('rows are fetched once while nothing comes to them', async () => {
  const first = await fetch(['brand', 'price'])
  const again = await fetch(['price'])
  expect(again.table).toBe(first.table)
  expect(queries.asked).toEqual([
    'SELECT "brand", "price" FROM "events"',
    'SELECT 1 FROM "events" LIMIT 0',
  ])
})

test('they are fetched again when something has come', async () => {
  const first = await fetch(['price'])
  queries.events += 1
  const again = await fetch(['price'])
  expect(again.table).not.toBe(first.table)
  expect(again.table.bytes).toBeGreaterThan(first.table.bytes)
  expect((await fetch(['price'])).table).toBe(again.table)
})

test('other columns and other tables are fetched by themselves', async () => {
  await fetch(['price'])
  await fetch(['brand'])
  await fetch(['price'], ['lake', 'events'])
  expect(queries.asked).toEqual([
    'SELECT "price" FROM "events"',
    'SELECT "brand" FROM "events"',
    'SELECT "price" FROM "lake"."events"',
  ])
})

test('what may be another table under the same name is not kept', async () => {
  await fetch(['n'], ['live', 'per_day'], false)
  await fetch(['n'], ['live', 'per_day'], false)
  expect(queries.asked).toEqual([
    'SELECT "n" FROM "live"."per_day"',
    'SELECT "n" FROM "live"."per_day"',
  ])
})

test('of tables that together are too large the one goes that was used longest ago', async () => {
  queries.bytesOfRow = 33 * 2 ** 20
  for (const name of ['a', 'b']) await fetch(['n'], [name])
  await fetch(['n'], ['a'])
  await fetch(['n'], ['c'])
  queries.asked.length = 0
  for (const name of ['a', 'b', 'c']) await fetch(['n'], [name])
  expect(queries.asked.slice(0, 2)).toEqual(['SELECT 1 FROM "a" LIMIT 0', 'SELECT "n" FROM "b"'])
})

test('a table that is too large for a page is refused, and the next one has its turn', async () => {
  queries.bytesOfRow = 64 * 2 ** 20
  await expect(fetch(['n'])).rejects.toMatchObject({
    problem: { detail: expect.stringContaining('128 MB') },
  })
  queries.bytesOfRow = 8
  await fetch(['n'])
})
