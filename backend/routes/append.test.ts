import { rm } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopEvent, startMillrace } from '../testing/running-millrace.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'

let folder: string
let millrace: Awaited<ReturnType<typeof startMillrace>>

beforeAll(async () => {
  folder = await makeTemporaryFolder()
  millrace = await startMillrace(folder)
})
afterAll(async () => {
  await millrace.close()
  await rm(folder, { recursive: true })
})

async function post(payload: string | Buffer, headers: Record<string, string> = {}, query = '') {
  const response = await millrace.app.inject({
    method: 'POST',
    url: `/api/streams/events/events${query}`,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
    payload,
  })
  return { status: response.statusCode, ...response.json() }
}

async function count(condition: string, offsets: { partition: number; lastOffset: number }[]) {
  const after = { events: Object.fromEntries(offsets.map(o => [o.partition, o.lastOffset])) }
  const response = await millrace.query(`SELECT count(*) FROM events WHERE ${condition}`, { after })
  return response.json().rows[0][0]
}

test('good events are kept and bad ones told by line and reason', async () => {
  const lines = [shopEvent(1), 'broken', '', shopEvent(2, { price: 'much' }), shopEvent(3)]
  const answer = await post(lines.join('\n'))
  expect(answer).toMatchObject({ status: 200, accepted: 2, rejected: 2 })
  expect(answer.errors).toMatchObject([
    { line: 2, reason: 'not-json' },
    { line: 4, reason: 'wrong-type' },
  ])
  expect(await count('user_id IN (1, 2, 3)', answer.offsets)).toBe(2)
})

test('a JSON array is taken too, and gzip, and ids beyond 2^53 stay what they are', async () => {
  const array = `[${shopEvent(10).replace('"product_id":10', '"product_id":9007199254740993')}]`
  const answer = await post(gzipSync(array), {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  })
  expect(answer).toMatchObject({ status: 200, accepted: 1 })
  expect(await count('product_id = 9007199254740993', answer.offsets)).toBe(1)
})

test('a gzip body that is damaged is named, and what came before the damage is counted', async () => {
  const gzip = { 'content-encoding': 'gzip' }
  expect(await post('no gzip', gzip)).toMatchObject({ status: 400, code: 'bad-request' })
  const lines = Array.from({ length: 20_000 }, (_, n) => shopEvent(1_000_000 + n * n)).join('\n')
  const packed = gzipSync(lines)
  const cut = await post(packed.subarray(0, packed.length / 2), gzip)
  expect(cut).toMatchObject({ status: 400, code: 'bad-request', detail: /cut off.*were accepted/ })
  expect(await count('user_id >= 1000000', cut.offsets)).toBe(cut.accepted)
})

test('events of one key go to one partition', async () => {
  const answer = await post([...Array(20)].map(() => shopEvent(77)).join('\n'))
  expect(answer.offsets).toHaveLength(1)
})

test('a numbered append that is repeated is there once', async () => {
  const headers = { 'producer-id': 'p', 'producer-sequence': '1' }
  const first = await post(shopEvent(500), headers)
  const again = await post(shopEvent(500), headers)
  expect(again.offsets).toEqual(first.offsets)
  expect(await count('user_id = 500', first.offsets)).toBe(1)
})

test('what does not fit can be left to ingest, which makes dead letters of it', async () => {
  const answer = await post(`${shopEvent(600)}\n1,2,3`, {}, '?invalid=dead-letter')
  expect(answer).toMatchObject({ accepted: 1, rejected: 1 })
  await count('true', answer.offsets)
  const dead = await millrace.query("SELECT reason, detail FROM dead_letters WHERE raw = '1,2,3'")
  expect(dead.json().rows).toEqual([['not-json', 'a CSV line with 3 of 9 columns, cut off?']])
})

test('when nothing is good, that is an error', async () => {
  expect(await post('broken')).toMatchObject({ status: 422, code: 'rows-rejected', rejected: 1 })
})

test('an unknown stream and a body of another type are named', async () => {
  const unknown = await millrace.app.inject({
    method: 'POST',
    url: '/api/streams/evnts/events',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: '{}',
  })
  expect(unknown.json()).toMatchObject({ code: 'unknown-stream', hint: /events/ })
  expect(await post('<x/>', { 'content-type': 'text/xml' })).toMatchObject({ code: 'bad-request' })
})
