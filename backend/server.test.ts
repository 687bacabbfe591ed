import { rm } from 'node:fs/promises'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { LiveMessage } from './contract/live.ts'
import type { QueryState } from './contract/query.ts'
import { shopEvent, startMillrace } from './testing/running-millrace.ts'
import { makeTemporaryFolder } from './testing/temporary-folder.ts'

let folder: string
let millrace: Awaited<ReturnType<typeof startMillrace>>

beforeAll(async () => {
  folder = await makeTemporaryFolder()
  millrace = await startMillrace(folder)
  await millrace.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await millrace.close()
  await rm(folder, { recursive: true })
})

function address(): string {
  const address = millrace.app.server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

test('a statement over what was just appended answers JSON, exactly', async () => {
  const after = await millrace.append([shopEvent(1, { category_id: 0 }), shopEvent(2), 'broken'])
  const response = await millrace.query(
    'SELECT count(*) AS n, sum(price) AS price, 9007199254740993 AS big FROM events WHERE user_id = $id',
    { after, params: { id: 2 } },
  )
  expect(response.json()).toEqual({
    columns: [
      { name: 'n', type: 'BIGINT' },
      { name: 'price', type: 'DECIMAL(38,2)' },
      { name: 'big', type: 'BIGINT' },
    ],
    rows: [[1, 1.5, '9007199254740993']],
  })
  const dead = await millrace.query('SELECT stream, reason, raw FROM dead_letters')
  expect(dead.json().rows).toEqual([['events', 'not-json', 'broken']])
})

test('an Arrow answer is a stream that other tools read, and its state can be asked for', async () => {
  const response = await fetch(`http://${address()}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql: 'SELECT range AS n FROM range(100000)', id: 'arrow-1' }),
  })
  expect(response.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream')
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
  expect([table.numRows, table.getChild('n')?.get(99_999)]).toEqual([100_000, 99_999n])
  const state = (await millrace.app.inject('/api/queries/arrow-1')).json()
  expect(state).toMatchObject({ state: 'done', rows: 100_000, engine: 'server', streams: [] })
})

test('mistakes are answered as problems that say where and what to do', async () => {
  const unknown = await millrace.query('SELECT prise FROM events')
  expect(unknown.headers['content-type']).toContain('application/problem+json')
  expect([unknown.statusCode, unknown.json()]).toMatchObject([
    400,
    { code: 'sql-unknown-name', position: { line: 1, column: 8, length: 5 }, hint: /price/ },
  ])
  const empty = await millrace.app.inject({ method: 'POST', url: '/api/query', payload: {} })
  expect([empty.statusCode, empty.json().code]).toEqual([400, 'bad-request'])
  expect((await millrace.app.inject('/api/nothing')).json().code).toBe('not-found')
  expect((await millrace.app.inject('/api/queries/none')).json().code).toBe('not-found')
})

test('a failure in the middle of an answer is told by the state of the statement', async () => {
  const sql =
    "SELECT CASE WHEN range < 2000000 THEN range ELSE error('late') END AS n FROM range(2000001)"
  const response = await fetch(`http://${address()}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, id: 'late-1' }),
  })
  await expect(response.arrayBuffer().then(() => 'whole')).rejects.toThrow()
  const state = (await millrace.app.inject('/api/queries/late-1')).json() as QueryState
  expect(state).toMatchObject({ state: 'failed', problem: { code: 'sql-runtime' } })
})

test('a cancel answers when the engine has ended the statement', async () => {
  const running = millrace.query('SELECT count(*) FROM range(1000000000000)', { id: 'endless' })
  await new Promise(resolve => setTimeout(resolve, 300))
  expect((await millrace.app.inject('/api/queries/endless')).json().state).toBe('running')
  const cancelled = await millrace.app.inject({ method: 'DELETE', url: '/api/queries/endless' })
  expect(cancelled.json()).toMatchObject({ state: 'cancelled' })
  expect((await running).json().code).toBe('query-cancelled')
})

test('a page of another site is refused, and so is a foreign name', async () => {
  const foreign = await millrace.app.inject({
    url: '/api/health',
    headers: { host: 'evil.example' },
  })
  expect(foreign.json().code).toBe('forbidden-origin')
  const page = await millrace.app.inject({
    url: '/api/health',
    headers: { host: 'localhost:1', origin: 'http://evil.example' },
  })
  expect(page.json().code).toBe('forbidden-origin')
})

test('the catalog has tables with columns, functions and keywords', async () => {
  const catalog = (await millrace.app.inject('/api/catalog')).json()
  const names = catalog.tables.map((table: { name: string }) => table.name)
  expect(names).toContain('events')
  expect(names).toContain('dead_letters')
  const [first] = catalog.functions.filter((entry: { name: string }) => entry.name === 'date_trunc')
  expect(first.signatures.length).toBeGreaterThan(0)
  expect(catalog.keywords).toContain('select')
})

test('a live statement is answered, and again when events that it reads arrive', async () => {
  const socket = new WebSocket(`ws://${address()}/api/live`)
  socket.binaryType = 'arraybuffer'
  const counts: number[] = []
  const problems: string[] = []
  let wake = (): void => {}
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') {
      const message = JSON.parse(data) as LiveMessage
      if (message.type === 'failed') problems.push(message.problem.code)
    } else {
      const frame = Buffer.from(data as ArrayBuffer)
      const table = tableFromIPC(frame.subarray(4 + frame.readUInt32LE(0)))
      counts.push(Number(table.getChildAt(0)?.get(0)))
    }
    wake()
  })
  await new Promise(resolve => socket.addEventListener('open', resolve))
  const subscribe = (id: string, sql: string) =>
    socket.send(JSON.stringify({ type: 'subscribe', id, sql }))
  subscribe('a', "SELECT count(*) FROM events WHERE event_type = 'cart'")
  subscribe('b', 'SELECT nonsense')
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  await until(() => counts.length === 1 && problems.length === 1)
  expect(problems).toEqual(['sql-unknown-name'])
  await millrace.append([shopEvent(3, { event_type: 'cart' })])
  await until(() => counts.at(-1) === 1)
  await millrace.append([
    shopEvent(4, { event_type: 'cart' }),
    shopEvent(5, { event_type: 'view' }),
  ])
  await until(() => counts.at(-1) === 2)
  socket.close()
})

test('a page that comes back is sent what has changed since', async () => {
  const sql = `SELECT range AS n FROM range(1000) UNION ALL SELECT 1000 + count(*) FROM events ORDER BY n`
  const resultFor = async (holds: object) => {
    const socket = new WebSocket(`ws://${address()}/api/live`)
    socket.binaryType = 'arraybuffer'
    await new Promise(resolve => socket.addEventListener('open', resolve))
    socket.send(JSON.stringify({ type: 'subscribe', id: 'a', sql, holds }))
    const frame = await new Promise<Buffer>(resolve => {
      socket.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string') resolve(Buffer.from(data as ArrayBuffer))
      })
    })
    socket.close()
    const end = 4 + frame.readUInt32LE(0)
    const header = JSON.parse(frame.toString('utf8', 4, end)) as LiveMessage & { type: 'result' }
    return { header, body: frame.subarray(end) }
  }
  const first = await resultFor({ answer: '', messages: [] })
  expect(first.header).toMatchObject({ base: '', rows: 1001 })
  const [schema, ...batches] = first.header.pieces
  expect(batches).toHaveLength(4)
  await millrace.query('SELECT count(*) FROM events', {
    after: await millrace.append([shopEvent(6)]),
  })
  const held = { answer: first.header.answer, messages: [schema, ...batches] }
  const second = await resultFor(held)
  expect(second.header).toMatchObject({ base: held.answer, pieces: [[0, 4], expect.anything()] })
  expect(second.body.length).toBeLessThan(first.body.length / 2)
  const unchanged = await resultFor({
    answer: second.header.answer,
    messages: [schema, ...batches.slice(0, 3), second.header.pieces[1]],
  })
  expect(unchanged.header.pieces).toEqual([[0, 5]])
  expect(unchanged.body).toHaveLength(0)
})
