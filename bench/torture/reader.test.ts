import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Random } from '../../sample-data/random.ts'
import { Ledger } from './ledger.ts'
import { Reader } from './reader.ts'
import { Wrong } from './wrong.ts'

/** Says that it has seen offsets below 10, and answers every statement with the same rows. */
async function answering(rows: unknown[][]): Promise<string> {
  const server: Server = createServer((request, response) => {
    const partitions = [{ partition: 0, nextOffset: 10 }]
    const state = {
      state: 'done',
      streams: [{ stream: 'events', version: 1, partitions, ageMs: 0 }],
    }
    response.setHeader('content-type', 'application/json')
    request.resume()
    response.end(JSON.stringify(request.method === 'GET' ? state : { columns: [], rows }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function readerOf(url: string, signal: AbortSignal): Reader {
  const ledger = new Ledger()
  const range = { partition: 0, firstOffset: 0, lastOffset: 9 }
  ledger.acknowledge(ledger.begin('rows', 10), { kind: 'rows', count: 10 }, [range])
  const browser = { rowOf: () => [] }
  return new Reader({ ledger, random: new Random('a'), browser, url: () => url, restMs: 0, signal })
}

test('an answer that is one event short ends the run', async () => {
  const url = await answering([['9', '9', '9']])
  const reader = readerOf(url, new AbortController().signal)
  await expect(reader.run()).rejects.toThrow(Wrong)
})

test('a server that is away is no wrong answer', async () => {
  const over = new AbortController()
  const reader = readerOf('http://127.0.0.1:9', over.signal)
  setTimeout(() => over.abort(), 200)
  await reader.run()
  expect(reader.counts.checked).toBe(0)
  expect(reader.counts.unanswered).toBeGreaterThan(0)
})
