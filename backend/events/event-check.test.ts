import { expect, test } from 'vitest'
import { openDuckDb } from '../base/duckdb.ts'
import { ordersDefinition } from '../testing/embedded-ingest.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { EventCheck } from './event-check.ts'

const order = Buffer.from(JSON.stringify({ id: 7, at: '2024-01-01T00:00:00Z' }))

test('values are told apart in their order', async () => {
  const folder = await temporaryFolder()
  const duckDb = await openDuckDb({ threads: 1, memoryBytesMax: 1 << 28, spillFolder: folder })
  const check = new EventCheck(duckDb, folder)
  expect(await check.check(ordersDefinition, [order, Buffer.from('{'), order])).toMatchObject([
    { isRow: true, key: '7' },
    { isRow: false, reason: 'not-json' },
    { isRow: true, key: '7' },
  ])
  duckDb.closeSync()
})

test('what does not fit into memory now may be sent again', async () => {
  const folder = await temporaryFolder()
  const duckDb = await openDuckDb({ threads: 1, memoryBytesMax: 16 << 20, spillFolder: folder })
  const check = new EventCheck(duckDb, folder)
  await expect(check.check(ordersDefinition, [order])).rejects.toMatchObject({
    code: 'memory-full',
    retryable: true,
  })
  duckDb.closeSync()
})
