import { beforeEach, expect, test } from 'vitest'
import type { LiveEvent } from '../api-client/live-connection.ts'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { answerMessages, type HandLive, type HeldQueries } from '../cell/held-queries.ts'
import type { MemoryDocuments } from '../document/memory-documents.ts'
import { shownSession } from './made-session.ts'
import type { NotebookSession } from './notebook-session.ts'
import type { CellId } from './notebook-state.ts'

const text = `---
run: manual
---

\`\`\`sql name=funnel view=chart
SELECT 1 AS n FROM events
\`\`\`

\`\`\`json vega-lite
{"mark":"bar"}
\`\`\`

\`\`\`sql name=share
SELECT * FROM funnel JOIN events USING (n)
\`\`\`

\`\`\`sql name=sparked engine=spark
SELECT 1
\`\`\`
`

let queries: HeldQueries
let live: HandLive
let clock: ManualClock
let server: MemoryDocuments
let session: NotebookSession
let funnel: CellId
let share: CellId
let sparked: CellId

beforeEach(async () => {
  clock = new ManualClock()
  const shown = await shownSession(text, clock, ['events'])
  ;({ session, queries, live, server } = shown)
  ;[funnel, share, sparked] = shown.sqlIds as [CellId, CellId, CellId]
})

async function runAndAnswer(id: CellId): Promise<void> {
  session.run(id)
  await settle()
  queries.answer()
  await settle()
}

const liveAnswer = {
  type: 'result',
  header: { rows: 2, elapsedMs: 3, streams: [], isKept: true },
  messages: answerMessages.map(message => message.bytes),
  receivedAt: 0,
} as unknown as LiveEvent

const edited = 'SELECT 2 AS n FROM events'
const edit = () => session.apply({ type: 'edited', id: funnel, body: edited })
const isOutdated = (id: CellId) => session.runner(id).isOutdated.get()
const fileText = async () => {
  await clock.advance(1_000)
  return server.texts.get('shop')
}

test('the server is asked again what holds a statement that was changed, once that has run', async () => {
  await runAndAnswer(funnel)
  await runAndAnswer(share)
  expect(queries.asked).toHaveLength(2)
  edit()
  await clock.advance(1_000)
  expect([isOutdated(funnel), isOutdated(share)]).toEqual([false, true])
  await runAndAnswer(funnel)
  expect(queries.asked).toHaveLength(4)
  expect(queries.asked[3]).toContain(edited)
  queries.answer()
  await settle()
  await clock.advance(1_000)
  expect(isOutdated(share)).toBe(false)
  await runAndAnswer(funnel)
  expect(queries.asked).toHaveLength(5)
})

test('a live view is not made again unasked', async () => {
  const body =
    'CREATE OR REPLACE LIVE VIEW v AS SELECT n, count(*) FROM events JOIN funnel USING (n)'
  session.apply({ type: 'edited', id: share, body })
  await runAndAnswer(funnel)
  await runAndAnswer(share)
  edit()
  await runAndAnswer(funnel)
  expect(queries.asked).toHaveLength(3)
})

test('a live reader goes on with the statement that was changed', async () => {
  await runAndAnswer(funnel)
  session.toggleLive(share)
  live.tell(liveAnswer)
  edit()
  await runAndAnswer(funnel)
  expect(live.asked.at(-1)).toContain(edited)
})

test('a new name leaves results what they are', async () => {
  await runAndAnswer(funnel)
  await runAndAnswer(share)
  session.rename(funnel, 'steps')
  await clock.advance(1_000)
  expect(isOutdated(share)).toBe(false)
  expect(queries.asked).toHaveLength(2)
})

test('what the server cannot keep live stays as it is, and says why', async () => {
  expect(session.toggleLive(sparked)?.detail).toMatch(/Spark/)
  expect(await fileText()).toBe(text)
  expect(live.asked).toEqual([])
  expect(session.toggleLive(share)).toBeNull()
  expect(await fileText()).toContain('live')
  expect(session.toggleLive(share)).toBeNull()
  expect(await fileText()).toBe(text)
})

test('a cell that was made text by mistake is as it was, by undo and by turning it back', async () => {
  const replaced = session.convert(funnel, 'text')
  expect(await fileText()).not.toContain('name=funnel')
  session.undelete(replaced ?? undefined)
  expect(await fileText()).toBe(text)
  const made = session.convert(funnel, 'text')?.replacedBy as CellId
  session.apply({ type: 'edited', id: made, body: edited })
  session.convert(made, 'sql')
  expect(await fileText()).toBe(text.replace('SELECT 1 AS n FROM events', edited))
})

test('a cell comes back under another name when its own is taken', async () => {
  const deleted = session.delete(funnel)
  const made = session.insert(0, 'sql', 'SELECT 3') as CellId
  session.rename(made, 'funnel')
  session.undelete(deleted ?? undefined)
  const names = (await fileText())?.match(/name=\w+/g)
  expect(new Set(names).size).toBe(names?.length)
})
