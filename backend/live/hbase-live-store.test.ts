import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HbaseLiveStore } from './hbase-live-store.ts'

test('a table is left as it is while a gateway that starts tells of it without its families', async () => {
  const asked: string[] = []
  const schema = { name: 't', ColumnSchema: [{ name: 'b' }] }
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    const known =
      asked.length > 2 ? schema : { name: 't', ...(asked.length > 1 && { ColumnSchema: [] }) }
    response.end(JSON.stringify(known))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const gateways = [new URL(`http://127.0.0.1:${port}`)]
  const options = { gateways, namespace: 'default', tablePrefix: '' }
  const store = new HbaseLiveStore(options, systemClock)
  onTestFinished(async () => {
    await store.close()
    server.close()
  })
  await store.ensureTable('t', { b: { versionsMax: 1, ttlMsMax: undefined } })
  expect(asked).toEqual(Array.from({ length: 3 }, () => 'GET /t/schema'))
})
