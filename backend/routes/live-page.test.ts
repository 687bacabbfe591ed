import { Readable } from 'node:stream'
import { columnFromArray, float64, tableFromColumns, tableToIPC } from '@uwdata/flechette'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrowMessageSplitter } from '../../workbench/src/api-client/arrow-messages.ts'
import {
  LiveConnection,
  type LiveEvent,
  type SocketListener,
} from '../../workbench/src/api-client/live-connection.ts'
import { ManualClock } from '../../workbench/src/base/manual-clock.ts'
import { readMessages } from '../../workbench/src/result/arrow-result.ts'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { collectAnswer, type LiveAnswer } from '../query/live-answer.ts'
import type { LiveSubscriber } from '../query/live-queries.ts'
import { LivePage } from './live-page.ts'
import { ResultFrames } from './result-frames.ts'

/** Batches of an answer, as the numbers in them. */
type Batches = readonly (readonly number[])[]

/** The server's side of the live connection, over answers that the test makes. */
class Server {
  readonly frames = new ResultFrames()
  readonly subscribers = new Set<LiveSubscriber>()
  answer: LiveAnswer | undefined

  readonly live = {
    subscribe: (_: unknown, subscriber: LiveSubscriber): (() => void) => {
      this.subscribers.add(subscriber)
      if (this.answer) subscriber.changed(this.answer)
      return () => this.subscribers.delete(subscriber)
    },
  }

  publish(answer: LiveAnswer): void {
    this.answer = answer
    for (const subscriber of this.subscribers) subscriber.changed(answer)
  }

  fail(): void {
    const failure = new Failure('engine-unavailable', 'The query engine ended.')
    for (const subscriber of this.subscribers) subscriber.failed(failure)
  }
}

/** A page in a browser, on a line that can be slow, and can break. */
class Browser {
  readonly clock = new ManualClock()
  readonly connection: LiveConnection
  readonly events: LiveEvent[] = []
  /** What is on its way to the page. */
  sent: { message: string | Buffer; taken: (() => void) | undefined }[] = []
  bytesSent = 0
  /** How often it has asked for the answer, and how often it had to. */
  asked = 0
  connected = 0
  isSlow = false
  server: Server
  page: LivePage | undefined
  listener: SocketListener | undefined

  constructor(server: Server) {
    this.server = server
    this.connection = new LiveConnection({
      open: listener => this.open(listener),
      clock: this.clock,
    })
    this.connection.start()
    this.connection.subscribe({ sql: 'FROM numbers' }, event => this.events.push(event))
    this.listener?.opened()
  }

  open(listener: SocketListener) {
    const { live, frames } = this.server
    const browser = this
    const socket = {
      get bufferedAmount() {
        return browser.isSlow ? Number.POSITIVE_INFINITY : 0
      },
      send: (message: string | Buffer, taken?: () => void) => {
        this.bytesSent += message.length
        this.sent.push({ message, taken })
      },
      close: () => {},
    }
    const page = new LivePage({ socket, live, frames, clock: systemClock })
    this.page = page
    this.listener = listener
    this.connected += 1
    const send = (text: string): void => {
      this.asked += 1
      page.handle(text)
    }
    return { send, close: () => {} }
  }

  /** What is on its way arrives. */
  deliver(): void {
    for (const { message, taken } of this.sent.splice(0)) {
      const data = typeof message === 'string' ? message : Uint8Array.from(message).buffer
      this.listener?.received(data)
      taken?.()
    }
  }

  /** The line breaks, with what was on it, and the page comes back. */
  async comeBack(server = this.server): Promise<void> {
    this.sent = []
    this.page?.close()
    this.server = server
    this.listener?.closed()
    await this.clock.advance(1_000)
    this.listener?.opened()
  }

  catchUp(): void {
    this.isSlow = false
    this.page?.sendStatus(JSON.stringify({ type: 'status', streams: [] }))
    while (this.sent.length > 0) this.deliver()
  }

  get numbers(): number[] {
    const { columns, rows } = readMessages(this.messages, { rowsTotal: null, cutBy: null })
    return Array.from({ length: rows }, (_, row) => Number(columns[0]?.at(row)))
  }

  get messages(): readonly Uint8Array<ArrayBuffer>[] {
    const event = this.events.findLast(({ type }) => type === 'result')
    return event?.type === 'result' ? event.messages : []
  }
}

const encoded = new Map<string, readonly Buffer[]>()

/** A schema and a batch. */
function messagesOf(numbers: readonly number[]): readonly Buffer[] {
  const known = encoded.get(String(numbers))
  if (known) return known
  const table = tableFromColumns({ n: columnFromArray([...numbers], float64()) })
  const stream = new Uint8Array(tableToIPC(table, { format: 'stream' }) ?? [])
  const messages = new ArrowMessageSplitter().push(stream).map(({ bytes }) => Buffer.from(bytes))
  encoded.set(String(numbers), messages)
  return messages
}

async function answerOf(batches: Batches): Promise<LiveAnswer> {
  const schema = messagesOf([0]).slice(0, 1)
  const end = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])
  const stream = [schema, ...batches.map(numbers => messagesOf(numbers).slice(1)), end].flat()
  const collected = await collectAnswer(Readable.from(stream.map(bytes => Buffer.from(bytes))))
  return {
    ...collected,
    rows: batches.flat().length,
    streams: [],
    elapsedMs: 1,
    isKept: false,
    asOf: 0,
  }
}

const series = (length: number): Batches =>
  Array.from({ length }, (_, n) => Array.from({ length: 256 }, (_, i) => n * 256 + i))

test('whatever is slow or breaks, a page comes to hold the newest answer, byte for byte', async () => {
  const batch = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 })
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ is: fc.constant('answer'), batches: fc.array(batch) }) },
    { weight: 3, arbitrary: fc.record({ is: fc.constant('deliver'), who: fc.nat(2) }) },
    fc.record({ is: fc.constantFrom('slow', 'quick', 'break'), who: fc.nat(2) }),
    fc.record({ is: fc.constantFrom('restart', 'fail') }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(batch), async (steps, last) => {
      let server = new Server()
      const browsers = [new Browser(server), new Browser(server), new Browser(server)]
      for (const each of steps) {
        const browser = 'who' in each ? browsers[each.who] : undefined
        if ('batches' in each) server.publish(await answerOf(each.batches))
        else if (each.is === 'deliver') browser?.deliver()
        else if (browser && each.is === 'slow') browser.isSlow = true
        else if (each.is === 'quick') browser?.catchUp()
        else if (each.is === 'break') await browser?.comeBack()
        else if (each.is === 'fail') server.fail()
        else if (each.is === 'restart') {
          server = new Server()
          for (const other of browsers) await other.comeBack(server)
        }
      }
      const answer = await answerOf(last)
      server.publish(answer)
      for (const browser of browsers) {
        browser.catchUp()
        expect(browser.numbers).toEqual(last.flat())
        expect(browser.asked).toBe(browser.connected)
        expect(browser.messages.map(message => Buffer.from(message))).toEqual(answer.messages)
      }
    }),
    { numRuns: 100 },
  )
})

test('a batch that stays is not sent again, and is the same object', async () => {
  const server = new Server()
  const browser = new Browser(server)
  server.publish(await answerOf(series(20)))
  browser.catchUp()
  const [before, bytesOfAll] = [browser.messages, browser.bytesSent]
  server.publish(await answerOf([...series(20), [1]]))
  browser.catchUp()
  expect(browser.messages.slice(0, 21)).toEqual(before)
  for (const [n, message] of before.entries()) expect(browser.messages[n]).toBe(message)
  expect(browser.bytesSent - bytesOfAll).toBeLessThan(bytesOfAll / 20)
})

test('a page that comes back gets what has changed since, from a server that has just started as well', async () => {
  const server = new Server()
  const browser = new Browser(server)
  server.publish(await answerOf(series(20)))
  browser.catchUp()
  const bytesOfAll = browser.bytesSent
  const next = new Server()
  await browser.comeBack(next)
  next.publish(await answerOf([...series(20), [7]]))
  browser.catchUp()
  expect(browser.numbers).toEqual([...series(20).flat(), 7])
  expect(browser.bytesSent - bytesOfAll).toBeLessThan(bytesOfAll / 20)
})

test('a slow page gets the newest answer and none in between, however many there were', async () => {
  const server = new Server()
  const browser = new Browser(server)
  server.publish(await answerOf([[0]]))
  browser.catchUp()
  browser.isSlow = true
  for (let n = 1; n <= 50; n++) server.publish(await answerOf([[n]]))
  expect(browser.sent).toEqual([])
  browser.catchUp()
  expect(browser.numbers).toEqual([50])
  expect(browser.events.filter(({ type }) => type === 'result')).toHaveLength(2)
})

test('equal batches under another schema are other messages', async () => {
  const [, batch = Buffer.alloc(0)] = (await answerOf([[1]])).messages
  const namesUnder = async (schema: string) => {
    const stream = Readable.from([Buffer.from(schema), batch, Buffer.alloc(8)])
    return (await collectAnswer(stream)).held.names
  }
  expect(await namesUnder('one')).toEqual(await namesUnder('one'))
  expect((await namesUnder('one'))[1]).not.toEqual((await namesUnder('other'))[1])
})

test('pages that hold the same share what is sent to them', async () => {
  const frames = new ResultFrames()
  const [first, second] = [await answerOf(series(3)), await answerOf(series(4))]
  const to = { id: 's1', held: first.held, now: 0 }
  const once = frames.frame(second, to)
  // The shared part has been made: it does not look at the messages again.
  for (const message of second.messages) message.fill(0)
  expect(frames.frame(second, { ...to, id: 's2' }).subarray(-100)).toEqual(once.subarray(-100))
})

test('who does not say what it holds gets each answer whole', async () => {
  const server = new Server()
  const sent: (string | Buffer)[] = []
  const socket = { bufferedAmount: 0, send: (m: string | Buffer) => sent.push(m), close() {} }
  const page = new LivePage({ socket, ...server, clock: systemClock })
  page.handle(JSON.stringify({ type: 'subscribe', id: 'a', sql: 'FROM numbers' }))
  for (const length of [3, 4]) server.publish(await answerOf(series(length)))
  const bodies = sent.map(frame => {
    const bytes = Buffer.from(frame)
    return bytes.subarray(4 + bytes.readUInt32LE(0))
  })
  expect(bodies).toEqual([
    Buffer.concat((await answerOf(series(3))).messages),
    Buffer.concat((await answerOf(series(4))).messages),
  ])
})
