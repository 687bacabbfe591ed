import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { clusterProfile } from '../../cluster/testing/cluster-profile.ts'
import { goldenStatements } from './golden-statements.ts'
import { type RunningMillrace, startMillrace } from './start-millrace.ts'
import { untilEvents } from './until-events.ts'

let millrace: RunningMillrace

beforeAll(async () => {
  const settings = { ...clusterProfile(inject('cluster')), MILLRACE_DEMO_RATE: '0' }
  millrace = await startMillrace({ demo: 'on', settings })
  await untilEvents(millrace.url, 15_000)
}, 180_000)
beforeEach(() => millrace.explainFailure())
afterAll(() => millrace.close())

/** What Spark refuses, with what it says. */
const refused: readonly (readonly [start: string, detail: RegExp])[] = [
  ['SELECT histogram', /^Spark has no histogram\(\)/],
  ['SELECT p.event_time, c.event_time', /^Spark has no ASOF JOIN/],
]

interface Answer {
  readonly rows?: readonly unknown[][]
  readonly detail?: string
}

async function ask(sql: string, engine: 'server' | 'spark'): Promise<Answer> {
  const answer = await fetch(`${millrace.url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ sql, engine }),
  })
  // An answer that fails after its first rows breaks off.
  return answer.json().catch(async () => {
    const id = answer.headers.get('x-millrace-query-id')
    const state = await fetch(`${millrace.url}/api/queries/${id}`)
    return { detail: JSON.stringify(await state.json()) }
  })
}

/** In an order of their own, without what the types of the engines differ in. */
function rowsOf({ rows, detail }: Answer): unknown {
  return rows ? rows.map(row => JSON.stringify(row.map(plain))).sort() : detail
}

function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(9))
  if (typeof value === 'string') return value.replace(/[T ]00:00:00(\.0+)?Z?$/, '')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

/** Waits until the history has been made. */
async function untilStill(): Promise<void> {
  let before: unknown
  for (;;) {
    const now = rowsOf(await ask('SELECT count(*) FROM events', 'server'))
    if (isDeepStrictEqual(now, before)) return
    before = now
    await new Promise(resolve => setTimeout(resolve, 2_000))
  }
}

test('Spark answers what the server answers, or says what it cannot do', async () => {
  await untilStill()
  const different: unknown[] = []
  for (const sql of goldenStatements) {
    const onSpark = rowsOf(await ask(sql, 'spark'))
    const [, refusal] = refused.find(([start]) => sql.startsWith(start)) ?? []
    const expected = refusal ? onSpark : rowsOf(await ask(sql, 'server'))
    const isAlike = refusal ? refusal.test(String(onSpark)) : isDeepStrictEqual(onSpark, expected)
    if (!isAlike) different.push({ sql, onSpark: start(onSpark), onServer: start(expected) })
  }
  expect(different).toEqual([])
}, 400_000)

function start(rows: unknown): unknown {
  return Array.isArray(rows) ? rows.slice(0, 3) : rows
}
