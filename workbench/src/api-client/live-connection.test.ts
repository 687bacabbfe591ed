import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../base/manual-clock.ts'
import { ArrowMessageSplitter } from './arrow-messages.ts'
import type { ResultHeader } from './held-answer.ts'
import { LiveConnection, type LiveEvent, type SocketListener } from './live-connection.ts'

let clock: ManualClock
let sockets: {
  listener: SocketListener
  sent: { type: string; id: string; sql?: string; holds?: object }[]
}[]
let connection: LiveConnection

beforeEach(() => {
  clock = new ManualClock()
  sockets = []
  const open = (listener: SocketListener) => {
    const socket = { listener, sent: [] as { type: string; id: string }[] }
    sockets.push(socket)
    return { send: (text: string) => socket.sent.push(JSON.parse(text)), close: () => {} }
  }
  connection = new LiveConnection({ open, clock })
  connection.start()
})

const holds = { answer: '', messages: [] as string[] }
const last = () => sockets.at(-1) ?? fail()
const collect = (sql: string) => {
  const events: LiveEvent[] = []
  return { events, stop: connection.subscribe({ sql }, event => events.push(event)) }
}

describe('a live connection', () => {
  test('equal statements share one subscription, and the late one gets the last result', () => {
    last().listener.opened()
    const first = collect('SELECT 1')
    last().listener.received(resultFrame('s1'))
    const second = collect('SELECT 1')
    expect(last().sent).toEqual([{ type: 'subscribe', id: 's1', sql: 'SELECT 1', holds }])
    expect(first.events).toHaveLength(1)
    expect(second.events).toEqual(first.events)
    first.stop()
    expect(last().sent).toHaveLength(1)
    second.stop()
    expect(last().sent.at(-1)).toEqual({ type: 'unsubscribe', id: 's1' })
  })

  test('what is asked before the connection opens is asked when it does', () => {
    collect('SELECT 1')
    expect(last().sent).toEqual([])
    last().listener.opened()
    expect(last().sent).toHaveLength(1)
  })

  test('a lost connection is told, tried again, and asked anew', async () => {
    last().listener.opened()
    const { events } = collect('SELECT 1')
    last().listener.closed()
    expect(events).toEqual([{ type: 'lost' }])
    expect(connection.link.get()).toBe('lost')
    await clock.advance(1_000)
    expect(sockets).toHaveLength(2)
    last().listener.opened()
    expect(last().sent).toEqual([{ type: 'subscribe', id: 's1', sql: 'SELECT 1', holds }])
    expect(connection.link.get()).toBe('open')
  })

  test('what is here is said when the connection is back', async () => {
    last().listener.opened()
    const { events } = collect('SELECT 1')
    last().listener.received(resultFrame('s1'))
    last().listener.closed()
    await clock.advance(1_000)
    last().listener.opened()
    expect(last().sent[0]?.holds).toEqual({ answer: 'one', messages: ['schema'] })
    last().listener.received(resultFrame('s1', { base: 'one', answer: 'two', pieces: [[0, 1]] }))
    const [first, , second] = events
    expect(second).toMatchObject({ type: 'result' })
    expect(second?.type === 'result' && second.messages[0]).toBe(
      first?.type === 'result' && first.messages[0],
    )
  })

  test('a result that goes on from what is not here is asked for whole', () => {
    last().listener.opened()
    const { events } = collect('SELECT 1')
    last().listener.received(resultFrame('s1', { base: 'another' }))
    expect(events).toEqual([])
    expect(last().sent.at(-1)).toEqual({ type: 'subscribe', id: 's2', sql: 'SELECT 1', holds })
  })

  test('silence is a lost connection', async () => {
    last().listener.opened()
    await clock.advance(5_000)
    last().listener.received(JSON.stringify({ type: 'status', streams: [] }))
    await clock.advance(5_000)
    expect(connection.link.get()).toBe('open')
    await clock.advance(2_000)
    expect(sockets).toHaveLength(2)
  })

  test('asking again for what failed asks the server again', () => {
    last().listener.opened()
    const first = collect('SELECT x')
    const problem = { code: 'sql-unknown-name', detail: 'x' }
    last().listener.received(JSON.stringify({ type: 'failed', id: 's1', problem }))
    expect(first.events[0]?.type).toBe('failed')
    const second = collect('SELECT x')
    expect(second.events).toEqual([])
    expect(last().sent.at(-1)).toMatchObject({ type: 'subscribe', id: 's2' })
  })

  test('a word that cannot be read is passed over', () => {
    last().listener.opened()
    const { events } = collect('SELECT 1')
    last().listener.received('{')
    last().listener.received(new ArrayBuffer(2))
    expect(events).toEqual([])
  })
})

function resultFrame(id: string, change: Partial<ResultHeader> = {}): ArrayBuffer {
  const result = {
    type: 'result',
    id,
    answer: 'one',
    base: '',
    pieces: ['schema'],
    ageMs: 1,
    rows: 0,
  }
  const header = new TextEncoder().encode(JSON.stringify({ ...result, ...change }))
  const stream = tableToIPC(tableFromArrays({ n: [] }), { format: 'stream' }) ?? new Uint8Array()
  const [schema] = new ArrowMessageSplitter().push(stream)
  const messages = change.pieces ? new Uint8Array() : schema?.bytes
  const frame = new Uint8Array([0, 0, 0, 0, ...header, ...(messages ?? [])])
  new DataView(frame.buffer).setUint32(0, header.length, true)
  return frame.buffer
}

function fail(): never {
  throw new Error('no socket')
}
