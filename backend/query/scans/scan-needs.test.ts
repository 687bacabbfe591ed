import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { ordersDefinition } from '../../testing/embedded-ingest.ts'
import { readFunctions } from '../sql-functions.ts'
import { StatementReader } from '../statement-reads.ts'
import { ScanNeeds } from './scan-needs.ts'

let connection: DuckDBConnection
let needs: ScanNeeds
const joinedBy = new Map([
  ['of_returns', new Set(['orders'])],
  ['alone', new Set<string>()],
])

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  const functions = await readFunctions(connection)
  const streams = [ordersDefinition, { ...ordersDefinition, stream: 'returns' }]
  const reader = new StatementReader(functions, ['orders', 'returns'])
  needs = new ScanNeeds(functions, reader, streams, view => joinedBy.get(view))
})

const count = '(SELECT count(*) FROM orders WHERE id > 7)'

async function needsOf(sql: string) {
  return needs.of(connection, sql)
}

test('a stream that is named beside a live view that joins it is needed as a whole', async () => {
  const alone = await needsOf(`SELECT ${count} FROM returns`)
  expect(alone.get('orders')?.condition).toBeDefined()
  const beside = await needsOf(`SELECT *, ${count} FROM live.Of_Returns, returns`)
  expect(beside.has('orders')).toBe(false)
  expect(beside.has('returns')).toBe(true)
})

test('nothing is needed for a live view that joins no stream', async () => {
  const ofView = await needsOf('FROM live.alone')
  expect([...ofView.values()].map(({ condition }) => condition)).toEqual(['false', 'false'])
  const beside = await needsOf(`SELECT *, ${count} FROM live.alone`)
  expect(beside.get('orders')?.condition).toContain('7')
})

test('a view that is not known may read anything, until it is known', async () => {
  expect((await needsOf('FROM live.later')).size).toBe(0)
  joinedBy.set('later', new Set())
  expect((await needsOf('FROM live.later')).size).toBe(2)
})
