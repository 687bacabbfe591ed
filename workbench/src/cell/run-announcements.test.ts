import { beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../base/manual-clock.ts'
import { Store } from '../base/store.ts'
import type { Result } from '../result/result.ts'
import { RunAnnouncements } from './run-announcements.ts'
import { type CellRun, idleRun, type RunEvent, reduceRun, type ShownResult } from './run-state.ts'

const sql = 'SELECT 1'
let clock: ManualClock
let announcements: RunAnnouncements

beforeEach(() => {
  clock = new ManualClock()
  announcements = new RunAnnouncements(clock)
})

function cell(name: string): { tell: (...events: RunEvent[]) => void; leave: () => void } {
  const run = new Store<CellRun>(idleRun)
  const leave = announcements.follow(run, () => name)
  return {
    tell: (...events) => {
      for (const event of events) run.update(before => reduceRun(before, event))
    },
    leave,
  }
}

function answered(rows: number, cut: Partial<Result> = {}): RunEvent {
  const result = { rows, rowsTotal: rows, cutBy: null, ...cut } as Result
  return { type: 'answered', shown: { result, sql } as ShownResult }
}
const queued = { type: 'queued', sql } as const
const started = { type: 'started', at: 0 } as const

test('a run that takes long is told at each step', async () => {
  const { tell } = cell('funnel')
  tell(queued)
  await clock.advance(1_500)
  expect(announcements.text.get()).toBe('funnel is queued.')
  tell(started)
  await clock.advance(1_500)
  expect(announcements.text.get()).toBe('funnel is running.')
  tell(answered(3))
  await clock.advance(300)
  expect(announcements.text.get()).toBe('funnel is done, 3 rows.')
})

test('a run that is over soon is told once', async () => {
  const { tell } = cell('funnel')
  tell(queued, started)
  await clock.advance(500)
  expect(announcements.text.get()).toBe('')
  tell(answered(1_000, { rowsTotal: 48_221, cutBy: 'rows' }))
  await clock.advance(5_000)
  expect(announcements.text.get()).toBe('funnel is done, 1,000 of 48,221 rows.')
})

test('the same words once more are another text', async () => {
  const { tell } = cell('funnel')
  tell(queued, started, answered(1))
  await clock.advance(300)
  const first = announcements.text.get()
  tell(queued, started, answered(1))
  await clock.advance(300)
  expect(announcements.text.get()).not.toBe(first)
  expect(announcements.text.get().trim()).toBe('funnel is done, 1 row.')
})

test('a cancel is told; one before the start leaves the old result without a word', async () => {
  const { tell } = cell('funnel')
  tell(queued, started, { type: 'cancelling', at: 0 }, { type: 'cancelled', at: 1 })
  await clock.advance(300)
  expect(announcements.text.get()).toBe('funnel is cancelled.')
  tell(queued, started, answered(1))
  await clock.advance(300)
  const done = announcements.text.get()
  tell(queued, { type: 'dropped' })
  await clock.advance(5_000)
  expect(announcements.text.get()).toBe(done)
})

test('results that a live cell goes on to have are not told', async () => {
  const { tell } = cell('funnel')
  tell({ type: 'live-started', sql }, { ...answered(1), type: 'live-answered' } as RunEvent)
  await clock.advance(300)
  expect(announcements.text.get()).toBe('funnel is done, 1 row.')
  tell({ ...answered(2), type: 'live-answered' } as RunEvent)
  await clock.advance(300)
  expect(announcements.text.get()).toBe('funnel is done, 1 row.')
})

test('cells that are done together are told together, up to three by name', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) cell(name).tell(queued, started, answered(1))
  await clock.advance(300)
  expect(announcements.text.get()).toBe(
    'a is done, 1 row. b is done, 1 row. c is done, 1 row. And 2 more.',
  )
})

test('a cell that is left is not told any more', async () => {
  const { tell, leave } = cell('funnel')
  tell(queued)
  leave()
  tell(started)
  await clock.advance(5_000)
  expect(announcements.text.get()).toBe('')
})
