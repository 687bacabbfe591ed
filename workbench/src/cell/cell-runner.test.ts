import { beforeEach, describe, expect, test } from 'vitest'
import type { LiveEvent } from '../api-client/live-connection.ts'
import { ProblemError, unreachableProblem } from '../api-client/problem-error.ts'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { asItIs, inlineCells } from '../engine/inline-cells.ts'
import { CellRunner } from './cell-runner.ts'
import { answerMessages, HandLive, HeldQueries } from './held-queries.ts'
import { RunSlots } from './run-slots.ts'
import { isStale } from './run-state.ts'
import type { RunTarget } from './run-target.ts'

let queries: HeldQueries
let live: HandLive
let clock: ManualClock
let runner: CellRunner

beforeEach(() => {
  queries = new HeldQueries()
  live = new HandLive()
  clock = new ManualClock()
  runner = new CellRunner({ queries, live, clock, slots: new RunSlots(1), catalogChanged() {} })
})

const phase = () => runner.run.get().phase.is

describe('a run', () => {
  test('goes from running to done and learns engine, count and age', async () => {
    void runner.start('SELECT 1')
    await settle()
    expect(phase()).toBe('running')
    await clock.advance(300)
    const fetching = { files: 3, filesTotal: 12 }
    expect(runner.run.get().phase).toMatchObject({ progress: 0.5, fetching })
    queries.answer()
    await settle()
    expect(phase()).toBe('done')
    expect(runner.run.get().shown).toMatchObject({
      result: { rows: 2, rowsTotal: 2 },
      engine: 'server',
      reason: 'why',
      elapsedMs: 7,
      age: { ageMs: 40 },
    })
  })

  test('waits for a slot, and is called off there without asking the server', async () => {
    const other = new CellRunner({ queries, live, clock, slots: slotsTaken(), catalogChanged() {} })
    void other.start('SELECT 2')
    await settle()
    expect(other.run.get().phase.is).toBe('queued')
    await other.cancel()
    expect(other.run.get().phase.is).toBe('idle')
    expect(queries.cancelled).toEqual([])
  })

  test('a result of a statement that is written otherwise is one of the new text', async () => {
    void runner.start('FROM top')
    await settle()
    queries.answer()
    await settle()
    runner.restate('FROM top', 'FROM best')
    expect(isStale(runner.run.get(), 'FROM best')).toBe(false)
    expect(runner.run.get()).toMatchObject({ sql: 'FROM best', shown: { sql: 'FROM best' } })
    runner.restate('FROM other', 'FROM more')
    expect(runner.run.get()).toMatchObject({ sql: 'FROM best', shown: { sql: 'FROM best' } })
  })

  test('a failure keeps the last result', async () => {
    void runner.start('SELECT 1')
    await settle()
    queries.answer()
    await settle()
    void runner.start('SELECT x')
    await settle()
    queries.fail(problem('sql-unknown-name'))
    await settle()
    expect(runner.run.get()).toMatchObject({
      phase: { is: 'failed', problem: { code: 'sql-unknown-name' } },
      shown: { sql: 'SELECT 1' },
    })
  })

  test('cancel says when the engine has confirmed', async () => {
    void runner.start('SELECT 1')
    await settle()
    const cancelled = runner.cancel()
    expect(phase()).toBe('cancelling')
    await cancelled
    expect(phase()).toBe('cancelled')
    expect(queries.cancelled).toHaveLength(1)
  })

  test('a cancel that reaches nobody is a failure', async () => {
    void runner.start('SELECT 1')
    await settle()
    queries.cancel = () => Promise.reject(new ProblemError(unreachableProblem()))
    await runner.cancel()
    expect(runner.run.get().phase).toMatchObject({ is: 'failed', problem: { code: 'unreachable' } })
  })

  test('a second run replaces the first', async () => {
    void runner.start('SELECT 1')
    await settle()
    void runner.start('SELECT 2')
    await settle()
    queries.answer()
    queries.answer()
    await settle()
    expect(runner.run.get().shown?.sql).toBe('SELECT 2')
    expect(isStale(runner.run.get(), 'SELECT 3')).toBe(true)
    expect(isStale(runner.run.get(), 'SELECT 2')).toBe(false)
  })

  test('a problem is of the statement that failed', async () => {
    void runner.start('SELEC 1')
    await settle()
    queries.cancel = () => Promise.reject(new ProblemError(unreachableProblem()))
    await runner.cancel()
    expect(isStale(runner.run.get(), 'SELEC 1')).toBe(false)
    expect(isStale(runner.run.get(), 'SELECT 1')).toBe(true)
  })
})

describe('where a run goes', () => {
  const target = (others: Partial<RunTarget> = {}): RunTarget => ({
    queries,
    place: 'browser',
    engine: 'auto',
    statement: asItIs('SELECT 1'),
    reason: 'all is here',
    age: null,
    otherwise: null,
    ...others,
  })

  test('is told with the result', async () => {
    void runner.start('SELECT 1', async () => target())
    await settle()
    queries.answer()
    await settle()
    expect(runner.run.get().shown).toMatchObject({ reason: 'all is here', sent: 'SELECT 1' })
  })

  test('is the server when the browser lacks something', async () => {
    const other = new HeldQueries()
    const statement = inlineCells('FROM a', [{ name: 'a', sql: 'SELECT 1' }])
    const otherwise = target({ queries: other, place: 'server', statement })
    void runner.start('FROM a', async () => target({ otherwise }))
    await settle()
    queries.fail(problem('engine-lacks'))
    await settle()
    other.answer()
    await settle()
    const { shown } = runner.run.get()
    expect(shown?.sent).toBe(statement.sql)
    expect(shown?.reason).toMatch(/^the browser could not/)
  })

  test('is not the server for a mistake in the statement', async () => {
    const otherwise = target({ queries: new HeldQueries() })
    void runner.start('SELECT', async () => target({ otherwise }))
    await settle()
    queries.fail(problem('sql-syntax'))
    await settle()
    expect(runner.run.get().phase).toMatchObject({ problem: { code: 'sql-syntax' } })
  })

  test('is asked for again by a refresh, while the last result stays', async () => {
    void runner.start('SELECT 1', async () => target())
    await settle()
    queries.answer()
    await settle()
    void runner.refresh('SELECT 1', async () => target({ reason: 'again' }))
    await settle()
    expect(runner.run.get()).toMatchObject({
      phase: { is: 'done' },
      shown: { reason: 'all is here' },
    })
    queries.answer()
    await settle()
    expect(runner.run.get().shown?.reason).toBe('again')
  })

  test('can be nowhere', async () => {
    const refused = problem('page')
    void runner.start('FROM b', () => Promise.reject(refused))
    await settle()
    expect(runner.run.get().phase).toEqual({ is: 'failed', problem: refused.problem })
  })
})

describe('a live cell', () => {
  const header = { ageMs: 10, elapsedMs: 3, isKept: true, rows: 2 }
  const streams = [{ stream: 'events', version: 1, partitions: [], ageMs: 10 }]
  const result = (at: number): LiveEvent => ({
    type: 'result',
    header: { ...header, streams },
    messages: answerMessages.map(message => message.bytes),
    receivedAt: at,
  })

  test('shows each result, and its age between them', () => {
    runner.goLive('SELECT 1')
    expect(runner.run.get()).toMatchObject({ live: 'starting', phase: { is: 'queued' } })
    live.tell(result(100))
    expect(runner.run.get()).toMatchObject({
      live: 'on',
      phase: { is: 'done' },
      shown: { elapsedMs: 3, reason: expect.stringMatching(/groups are kept/) },
    })
    live.tell({ type: 'current', ageMs: 5, receivedAt: 900 })
    expect(runner.run.get().shown?.age).toEqual({ ageMs: 5, receivedAt: 900 })
  })

  test('says when the connection is lost, and goes on', () => {
    runner.goLive('SELECT 1')
    live.tell(result(100))
    live.tell({ type: 'lost' })
    expect(runner.run.get()).toMatchObject({ live: 'lost', shown: { sql: 'SELECT 1' } })
    live.tell(result(200))
    expect(runner.run.get().live).toBe('on')
  })

  test('runs another statement in place of its own', () => {
    runner.goLive('SELECT 1')
    runner.goLive('SELECT 2')
    expect(live.asked).toEqual(['SELECT 1', 'end SELECT 1', 'SELECT 2'])
    runner.stopLive()
    expect(live.asked.at(-1)).toBe('end SELECT 2')
    expect(runner.run.get().live).toBe('off')
  })
})

function slotsTaken(): RunSlots {
  const slots = new RunSlots(1)
  void slots.take(new AbortController().signal)
  return slots
}

function problem(code: string): ProblemError {
  return new ProblemError({ ...unreachableProblem(), code })
}
