import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, test } from 'vitest'
import { ordersDefinition } from '../../testing/embedded-ingest.ts'
import { readFunctions } from '../sql-functions.ts'
import { StatementReader } from '../statement-reads.ts'
import { ScanNeeds } from './scan-needs.ts'

let connection: DuckDBConnection
let needs: ScanNeeds

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  const functions = await readFunctions(connection)
  const streams = [ordersDefinition, { ...ordersDefinition, stream: 'returns' }]
  const reader = new StatementReader(functions, ['orders', 'returns'])
  needs = new ScanNeeds(functions, reader, streams)
})

test('a stream that is named beside a live view, which may join it, is needed as a whole', async () => {
  const count = '(SELECT count(*) FROM orders WHERE id > 7)'
  const alone = await needs.of(connection, `SELECT ${count} FROM returns`)
  expect(alone.get('orders')?.condition).toBeDefined()
  const beside = await needs.of(connection, `SELECT *, ${count} FROM live.v, returns`)
  expect(beside.size).toBe(0)
})
