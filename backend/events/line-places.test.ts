import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { decodeBatches } from './decode.ts'
import { RecordBatchBuilder } from './record-batch.ts'
import type { StreamDefinition } from './stream-definition.ts'

const definition: StreamDefinition = {
  stream: 'events',
  eventTime: 'event_time',
  columns: [
    { name: 'event_time', type: 'TIMESTAMP', required: true },
    { name: 'event_type', type: 'VARCHAR', required: true },
    { name: 'product_id', type: 'BIGINT', required: true },
    { name: 'price', type: 'DECIMAL(18,2)', required: true },
    { name: 'user_id', type: 'BIGINT', required: true },
    { name: 'user_session', type: 'VARCHAR' },
    { name: 'ratio', type: 'DOUBLE' },
  ],
}

function eventOf(product: number): string {
  const [time, session] = ['2019-10-14T15:26:12.854Z', 'b7e34b8e-fef4-41fc-8264-431a65d9a96f']
  return `{"event_time":"${time}","event_type":"view","product_id":${product},"price":31.12,"user_id":5,"user_session":"${session}"}`
}

test('a line that ends too early and one that is doubled do not move the rows between them', async () => {
  const lines = [
    eventOf(1).replace(/5,"user_session.*/, ''),
    eventOf(2).replace('{', '{"ratio":"\\n\\t\\r",'),
    eventOf(3).replace('}', ',}'),
    eventOf(4) + eventOf(4),
  ]
  const builder = new RecordBatchBuilder(0, 0)
  lines.forEach((value, offset) => {
    builder.add({ offset, timestamp: 1, value: Buffer.from(value) })
  })
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run("LOAD icu; SET TimeZone = 'UTC'")
  const options = { table: 'decoded', scratchFolder: await temporaryFolder() }
  const { deadLetters } = await decodeBatches(connection, definition, [builder.build()], options)
  expect(deadLetters.map(({ offset, reason }) => [offset, reason])).toEqual([
    [0, 'not-json'],
    [1, 'wrong-type'],
    [3, 'not-json'],
  ])
  const rows = await connection.runAndReadAll('SELECT _offset::INT, product_id::INT FROM decoded')
  expect(rows.getRowsJS()).toEqual([[2, 3]])
})
