import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import type { QueryRequest } from '../contract/query.ts'
import { Queries } from './queries.ts'
import type { QueryEngine, QueryResult, StreamScan } from './query-engine.ts'

const gigabyte = 2 ** 30

function engineNamed(name: 'server' | 'spark', scans?: readonly StreamScan[]): QueryEngine {
  const result: QueryResult = {
    columns: [],
    streams: [],
    isVolatile: false,
    scans,
    messages: (async function* () {})(),
    rowCount: Promise.resolve(0),
  }
  return { name, run: async () => result, close: async () => {} }
}

function scan(changes: Partial<StreamScan>): StreamScan {
  const size = { files: 4, filesOfAll: 31, rows: 1e6, fileBytes: 70 << 20, bytes: 14 << 20 }
  return { stream: 'events', ...size, isHere: true, ...changes }
}

/** Where a statement is run that reads so much, and why. */
async function placed(
  scans: readonly StreamScan[],
  request: Partial<QueryRequest> = {},
  historyBytes = 500 * gigabyte,
) {
  let plans = 0
  const queries = new Queries({
    server: engineNamed('server', scans),
    spark: {
      engine: engineNamed('spark'),
      planner: {
        plan: async () => {
          plans++
          return scans
        },
      },
      limits: { serverBytesMax: 20 * gigabyte, localBytesMax: 50 * gigabyte },
      historyBytes: () => historyBytes,
    },
    resolvers: [],
    clock: systemClock,
    timeoutMs: 1000,
  })
  const { id } = await queries.run({ sql: 'FROM events', ...request }, new AbortController().signal)
  const { engine, reason } = queries.state(id)
  return { engine, reason, plans }
}

test('a statement that reads little runs on the server, and says how much it reads', async () => {
  expect(await placed([scan({})])).toMatchObject({
    engine: 'server',
    reason: 'It reads about 14 MB in 4 of 31 files of events, which are here.',
  })
})

test('one that reads more than the server does by itself runs on Spark', async () => {
  const large = scan({ files: 3912, filesOfAll: 3912, bytes: 480 * gigabyte })
  expect(await placed([large])).toMatchObject({
    engine: 'spark',
    reason:
      'It reads about 480 GB in all 3,912 files of events: more than the 20 GB that the server reads by itself.',
  })
})

test('what would have to be fetched counts whole, what is here by its columns', async () => {
  const half = { fileBytes: 15 * gigabyte, bytes: gigabyte }
  expect((await placed([scan(half), scan(half)])).engine).toBe('server')
  const elsewhere = scan({ ...half, isHere: false })
  expect((await placed([elsewhere, elsewhere])).engine).toBe('spark')
})

test('who asks for an engine gets it, whatever it costs', async () => {
  const large = [scan({ bytes: 480 * gigabyte, isHere: false })]
  expect(await placed(large, { engine: 'server' })).toMatchObject({ engine: 'server', plans: 0 })
  expect(await placed([scan({})], { engine: 'spark' })).toMatchObject({ engine: 'spark', plans: 0 })
})

test('while all of the history is small, nothing is planned beforehand', async () => {
  expect(await placed([scan({})], {}, gigabyte)).toMatchObject({ engine: 'server', plans: 0 })
})

test('a statement that reads no file of the lake says so', async () => {
  expect((await placed([scan({ files: 0, bytes: 0, fileBytes: 0 })])).reason).toBe(
    'It reads none of the files of the lake.',
  )
})
