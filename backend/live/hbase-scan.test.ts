import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HbaseLiveStore } from './hbase-live-store.ts'
import { encodeRows } from './hbase-messages.ts'
import type { Row, ScanOptions } from './live-store.ts'

type Answer = readonly [status: number, rows?: readonly Row[]]

const rowsOf = (...names: string[]): Row[] =>
  names.map(name => ({
    key: Buffer.from(name),
    cells: [{ column: 'd:x', timestamp: 1, value: Buffer.from(name) }],
  }))
const failed: Answer = [500]
const missing: Answer = [404]
/** What the gateway answers at the end, and as well when HBase has failed it. */
const end: Answer = [204]

/** A gateway that answers each read with the next of `answers`; counts the scanners that it opens. */
async function openGateway(answers: Answer[]) {
  const asked: string[] = []
  const answer = ({ method = '', url = '' }: IncomingMessage): Answer => {
    if (method === 'DELETE') return [200]
    asked.push(url.includes('multiget') ? 'multiget' : method)
    return method === 'PUT' ? [201] : (answers.shift() ?? end)
  }
  const server = createServer((request, response) => {
    const [status, rows = []] = answer(request)
    response.setHeader('location', `http://elsewhere/t/scanner/${asked.length}`)
    response.writeHead(status).end(status === 200 ? encodeRows(rows) : undefined)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const options = { gateways: [new URL(`http://127.0.0.1:${port}`)], namespace: 'default' }
  const store = new HbaseLiveStore({ ...options, tablePrefix: '' }, systemClock)
  onTestFinished(async () => {
    await store.close()
    server.close()
  })
  const scan = async (scanned: ScanOptions = {}): Promise<string[]> => {
    const keys: string[] = []
    for await (const rows of store.scan('t', scanned)) {
      for (const { key } of rows) keys.push(key.toString())
    }
    return keys
  }
  return { store, scan, asked }
}

test('an end that HBase does not stand by is none', async () => {
  const { scan, asked } = await openGateway([
    ...([[200, rowsOf('a', 'b')], end] as const),
    ...([failed, missing, [200, rowsOf('c')], end] as const),
    ...([missing, end] as const),
  ])
  expect(await scan()).toEqual(['a', 'b', 'c'])
  expect(asked.filter(each => each === 'multiget')).toHaveLength(3)
})

test('nothing at all is asked for twice', async () => {
  const { scan, asked } = await openGateway([end, missing, end])
  expect(await scan()).toEqual([])
  expect(asked).toEqual(['PUT', 'GET', 'multiget', 'PUT', 'GET'])
})

test('no more is asked for when all rows that were wanted are there', async () => {
  const { scan, asked } = await openGateway([[200, rowsOf('a', 'b', 'c')], end])
  expect(await scan({ rowsMax: 2 })).toEqual(['a', 'b'])
  expect(asked).toEqual(['PUT', 'GET'])
})

test('a row that HBase fails to read is not missing', async () => {
  const { store } = await openGateway([failed, [200, rowsOf('a')], missing])
  expect((await store.get('t', Buffer.from('a')))?.key.toString()).toBe('a')
  expect(await store.get('t', Buffer.from('b'))).toBeUndefined()
})
