import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { int64, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { Ledger } from './ledger.ts'
import { watchedStatements } from './statements.ts'
import { Watcher } from './watcher.ts'
import { Wrong } from './wrong.ts'

/** Answers every statement once, as if it had seen the first ten events of partition 0. */
function answering(rowsOf: (id: number) => (string | null)[][]): Promise<string> {
  return sending(id => [frameOf(id, rowsOf(Number(id)))])
}

async function sending(messagesFor: (id: string) => (Buffer | string)[]): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', socket => {
    socket.on('message', text => {
      const { id } = JSON.parse(String(text)) as { id: string }
      for (const message of messagesFor(id)) {
        socket.send(message, { binary: typeof message !== 'string' })
      }
    })
  })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const seen = [
  { stream: 'events', version: 1, partitions: [{ partition: 0, nextOffset: 10 }], ageMs: 0 },
]

function frameOf(id: string, rows: readonly (string | null)[][], streams = seen): Buffer {
  const header = Buffer.from(JSON.stringify({ type: 'result', id, isKept: true, streams }))
  const columns = (rows[0] ?? []).map((_, n) => [`c${n}`, rows.map(row => row[n])] as const)
  const isNumber = (values: readonly unknown[]) => values.every(value => /^\d+$/.test(`${value}`))
  const types = columns.map(([name, values]) => [name, isNumber(values) ? int64() : utf8()])
  const typed = columns.map(([name, values]) => {
    return [name, isNumber(values) ? values.map(value => BigInt(`${value}`)) : values]
  })
  const table = tableFromArrays(Object.fromEntries(typed), { types: Object.fromEntries(types) })
  const body = tableToIPC(table, { format: 'stream' }) ?? new Uint8Array()
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  return Buffer.concat([length, header, body.subarray(0, -8)])
}

/** Ten events in partition 0. */
function ledgerOfTen(): Ledger {
  const ledger = new Ledger()
  const range = { partition: 0, firstOffset: 0, lastOffset: 9 }
  ledger.acknowledge(ledger.begin('rows', 10), { kind: 'rows', count: 10 }, [range])
  return ledger
}

/** A watcher, with what ends it in order. */
function watching(url: string): { watcher: Watcher; over: AbortController } {
  const over = new AbortController()
  const watcher = new Watcher({ ledger: ledgerOfTen(), url: () => url, signal: over.signal })
  return { watcher, over }
}

function wanted(ledger: Ledger, id: number): (string | null)[][] {
  const state = new Map([[0, 10]])
  const statement = watchedStatements[id]
  return statement?.expected((measure, kind = 'rows') => ledger.sum(state, kind, measure)) ?? []
}

const failed = (id: string, retryable: boolean): string => {
  const problem = { code: 'sql-invalid', detail: 'There is no such table.', retryable }
  return JSON.stringify({ type: 'failed', id, problem })
}

test('live results that are as they should be are counted, those after a failure as well', async () => {
  const ledger = ledgerOfTen()
  const right = (id: string): Buffer => frameOf(id, wanted(ledger, Number(id)))
  const { watcher, over } = watching(await sending(id => [failed(id, true), right(id)]))
  const running = watcher.run()
  const all = watchedStatements.length
  await expect.poll(() => watcher.counts).toEqual({ checked: all, kept: all })
  over.abort()
  await running
})

test('a live result that is one event short ends the run', async () => {
  const ledger = ledgerOfTen()
  const url = await answering(id => {
    const [[first, ...others] = [], ...rows] = wanted(ledger, id)
    return id === 0 ? [[String(Number(first) - 1), ...others], ...rows] : wanted(ledger, id)
  })
  await expect(watching(url).watcher.run()).rejects.toThrow(Wrong)
})

test('a live statement that fails for good ends the run', async () => {
  const url = await sending(id => [failed(id, false)])
  await expect(watching(url).watcher.run()).rejects.toThrow(/There is no such table/)
})

test('a live result that does not say what it saw ends the run', async () => {
  const url = await sending(id => [frameOf(id, wanted(ledgerOfTen(), Number(id)), [])])
  await expect(watching(url).watcher.run()).rejects.toThrow(/without what it saw/)
})

test('a server that is away is no wrong result', async () => {
  const { watcher, over } = watching('http://127.0.0.1:9')
  setTimeout(() => over.abort(), 300)
  await watcher.run()
  expect(watcher.counts).toEqual({ checked: 0, kept: 0 })
})
