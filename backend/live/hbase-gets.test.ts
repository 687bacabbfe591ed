import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HbaseLiveStore } from './hbase-live-store.ts'
import { encodeRows } from './hbase-messages.ts'
import type { Row } from './live-store.ts'

/** A gateway whose rows are the keys that do not end in 7; a later request may be answered before an earlier one. */
async function openGateway({ valueBytes = 10, failures = 0 } = {}) {
  const addresses: string[] = []
  let failuresLeft = failures
  const rowOf = (key: string): Row => ({
    key: Buffer.from(key),
    cells: [{ column: 'd:x', timestamp: 1, value: Buffer.alloc(valueBytes) }],
  })
  const server = createServer(async ({ url = '' }, response) => {
    addresses.push(url)
    const keys = [...url.matchAll(/row=([^/&]*)/g)].map(([, key = '']) =>
      Buffer.from(key, 'base64url').toString(),
    )
    const rows = keys.filter(key => !key.endsWith('7')).map(rowOf)
    await sleep(addresses.length % 3 === 0 ? 15 : 0)
    if (failuresLeft-- > 0) response.writeHead(500).end()
    else if (rows.length === 0) response.writeHead(404).end()
    else response.end(encodeRows(rows))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const options = { gateways: [new URL(`http://127.0.0.1:${port}`)], namespace: 'default' }
  const store = new HbaseLiveStore({ ...options, tablePrefix: '' }, systemClock)
  onTestFinished(async () => {
    await store.close()
    server.close()
  })
  return { store, addresses, rowsAsked: () => addresses.map(url => url.split('row=').length - 1) }
}

const keysUpTo = (count: number) => Array.from({ length: count }, (_, n) => Buffer.from(`key ${n}`))

async function namesOf(found: AsyncIterable<readonly Row[]>): Promise<string[]> {
  const names: string[] = []
  for await (const rows of found) names.push(...rows.map(({ key }) => key.toString()))
  return names
}

const there = (keys: readonly Buffer[]) =>
  keys.map(key => key.toString()).filter(key => !key.endsWith('7'))

test('many rows come in few requests, in the order of their keys, whichever answer is first', async () => {
  const { store, addresses } = await openGateway()
  const keys = keysUpTo(3_000).reverse()
  expect(await namesOf(store.getMany('t', keys))).toEqual(there(keys))
  expect(addresses.length).toBeLessThan(60)
  expect(Math.max(...addresses.map(url => url.length))).toBeLessThan(6_000)
})

test('large rows are asked for one by one', async () => {
  const { store, rowsAsked } = await openGateway({ valueBytes: 3 * 2 ** 20 })
  const keys = keysUpTo(30)
  expect(await namesOf(store.getMany('t', keys))).toEqual(there(keys))
  expect(Math.max(...rowsAsked())).toBe(4)
  expect(
    rowsAsked()
      .slice(8)
      .every(count => count === 1),
  ).toBe(true)
})

test('whoever has enough rows lets no more be asked for', async () => {
  const { store, addresses } = await openGateway()
  for await (const rows of store.getMany('t', keysUpTo(3_000))) {
    expect(rows.length).toBeLessThanOrEqual(4)
    break
  }
  await sleep(50)
  expect(addresses.length).toBeLessThanOrEqual(4)
})

test('rows that HBase fails to read are asked for again', async () => {
  const { store } = await openGateway({ failures: 2 })
  const keys = keysUpTo(100)
  expect(await namesOf(store.getMany('t', keys))).toEqual(there(keys))
})
