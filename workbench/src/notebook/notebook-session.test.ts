import { beforeEach, expect, test } from 'vitest'
import { ManualClock, settle } from '../base/manual-clock.ts'
import type { HandLive, HeldQueries } from '../cell/held-queries.ts'
import { isStale } from '../cell/run-state.ts'
import { shownSession } from './made-session.ts'
import type { NotebookSession } from './notebook-session.ts'
import type { CellId } from './notebook-state.ts'

const text = `---
run: manual
---

\`\`\`sql name=top
SELECT 1
\`\`\`

\`\`\`sql name=share
SELECT * FROM top
\`\`\`
`

let queries: HeldQueries
let live: HandLive
let clock: ManualClock
let session: NotebookSession
let top: CellId
let share: CellId

beforeEach(async () => {
  clock = new ManualClock()
  const shown = await shownSession(text, clock)
  ;({ session, queries, live } = shown)
  ;[top, share] = shown.sqlIds as [CellId, CellId]
})

const runOf = (id: CellId) => session.runner(id).run.get()
const renamed = 'SELECT * FROM best'

async function runAndAnswer(id: CellId): Promise<void> {
  session.run(id)
  await settle()
  queries.answer()
  await settle()
}

test('a result that was read under the old name is one of the new', async () => {
  await runAndAnswer(top)
  await runAndAnswer(share)
  expect(session.rename(top, 'best')).toBe(true)
  await settle()
  expect(isStale(runOf(share), renamed)).toBe(false)
  expect(queries.asked).toEqual(['SELECT 1', 'SELECT * FROM top'])
})

test('a reader that runs begins again under the new name', async () => {
  await runAndAnswer(top)
  session.run(share)
  await settle()
  session.rename(top, 'best')
  await settle()
  queries.answer()
  await settle()
  expect(queries.asked).toEqual(['SELECT 1', 'SELECT * FROM top', renamed])
  expect(runOf(share)).toMatchObject({ phase: { is: 'done' }, shown: { sql: renamed } })
})

test('a reader that waits for the cell goes on waiting for it', async () => {
  session.run(share)
  await settle()
  expect(queries.asked).toEqual(['SELECT 1'])
  session.rename(top, 'best')
  await settle()
  queries.answer()
  await settle()
  queries.answer()
  await settle()
  expect(queries.asked).toEqual(['SELECT 1', renamed])
  expect(runOf(share).phase.is).toBe('done')
})

test('a reader whose next result is on its way gets that under the new name', async () => {
  await runAndAnswer(top)
  await runAndAnswer(share)
  await runAndAnswer(top)
  await clock.advance(300)
  expect(session.runner(share).isRefreshing).toBe(true)
  session.rename(top, 'best')
  await settle()
  queries.answer()
  await settle()
  expect(queries.asked.at(-1)).toBe(renamed)
  expect(isStale(runOf(share), renamed)).toBe(false)
})

test('a reader that was cancelled stays so', async () => {
  await runAndAnswer(top)
  session.run(share)
  await settle()
  void session.runner(share).cancel()
  session.rename(top, 'best')
  await settle()
  expect(queries.asked).toEqual(['SELECT 1', 'SELECT * FROM top'])
  expect(runOf(share).phase.is).toBe('cancelled')
})

test('a live reader goes on live under the new name', async () => {
  session.toggleLive(share)
  session.rename(top, 'best')
  const [before, end, after] = live.asked
  expect(before).toContain('"top"')
  expect(end).toBe(`end ${before}`)
  expect(after).toContain('"best"')
  expect(runOf(share).live).toBe('starting')
})

test('a name that is taken changes nothing', () => {
  expect(session.rename(top, 'Share')).toBe(false)
  expect(session.whyNoName(top, 'Share')).toMatch(/another cell/)
})
