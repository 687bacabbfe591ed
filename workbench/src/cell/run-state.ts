import type { Problem } from '../../../backend/contract/problem.ts'
import type { Fetching } from '../../../backend/contract/query.ts'
import type { PlaceName, QueryClient, QueryProgress } from '../api-client/query-client.ts'
import type { Result } from '../result/result.ts'
import type { DataAge } from './data-age.ts'

export type RunPhase =
  | { readonly is: 'idle' }
  | { readonly is: 'queued' }
  | {
      readonly is: 'running'
      readonly startedAt: number
      readonly progress: number | null
      readonly fetching: Fetching | null
    }
  | { readonly is: 'cancelling'; readonly since: number }
  | { readonly is: 'cancelled'; readonly confirmedAfterMs: number }
  | { readonly is: 'done' }
  | { readonly is: 'failed'; readonly problem: Problem }

export type LivePhase = 'off' | 'starting' | 'on' | 'lost'

/** What a cell has run and what it shows of it. */
export interface CellRun {
  readonly phase: RunPhase
  /** The statement that is running, or that ran last. */
  readonly sql: string | null
  /** The last result; it stays while the next one is on its way. */
  readonly shown: ShownResult | null
  readonly live: LivePhase
}

export interface ShownResult {
  readonly result: Result
  readonly sql: string
  readonly engine: PlaceName
  readonly reason: string
  readonly elapsedMs: number
  /** How old the data is; null when no stream is read. */
  readonly age: DataAge | null
  /** What was sent: the statement with those of the cells that it reads. */
  readonly sent: string
  /** Where all of its rows can be asked for. */
  readonly queries: QueryClient
}

export type RunEvent =
  | { type: 'queued'; sql: string }
  | { type: 'started'; at: number }
  | { type: 'progressed'; progress: number | null; fetching: Fetching | null }
  | { type: 'answered'; shown: ShownResult }
  | { type: 'told'; state: QueryProgress; at: number }
  | { type: 'failed'; problem: Problem }
  | { type: 'cancelling'; at: number }
  | { type: 'cancelled'; at: number }
  | { type: 'dropped' }
  /** The statement is written otherwise, and means the same. */
  | { type: 'restated'; from: string; to: string }
  /** So is what was sent for it. */
  | { type: 'resent'; sent: string }
  | { type: 'live-started'; sql: string }
  | { type: 'live-answered'; shown: ShownResult }
  | { type: 'live-confirmed'; age: DataAge }
  | { type: 'live-failed'; problem: Problem }
  | { type: 'live-lost' }
  | { type: 'live-ended' }

export const idleRun: CellRun = { phase: { is: 'idle' }, sql: null, shown: null, live: 'off' }

export function reduceRun(run: CellRun, event: RunEvent): CellRun {
  switch (event.type) {
    case 'queued':
      return { ...run, sql: event.sql, phase: { is: 'queued' } }
    case 'started':
      return {
        ...run,
        phase: { is: 'running', startedAt: event.at, progress: null, fetching: null },
      }
    case 'progressed':
      if (run.phase.is !== 'running') return run
      return {
        ...run,
        phase: { ...run.phase, progress: event.progress, fetching: event.fetching },
      }
    case 'answered':
      return { ...run, shown: event.shown, phase: { is: 'done' } }
    case 'told':
      return run.shown ? { ...run, shown: withState(run.shown, event.state, event.at) } : run
    case 'failed':
      return { ...run, phase: { is: 'failed', problem: event.problem } }
    case 'cancelling':
      return { ...run, phase: { is: 'cancelling', since: event.at } }
    case 'cancelled':
      return { ...run, phase: cancelledPhase(run.phase, event.at) }
    case 'dropped':
      return { ...run, phase: { is: run.shown ? 'done' : 'idle' } }
    case 'restated':
      return {
        ...run,
        sql: run.sql === event.from ? event.to : run.sql,
        shown: run.shown?.sql === event.from ? { ...run.shown, sql: event.to } : run.shown,
      }
    case 'resent':
      return run.shown ? { ...run, shown: { ...run.shown, sent: event.sent } } : run
    default:
      return reduceLive(run, event)
  }
}

function reduceLive(run: CellRun, event: Extract<RunEvent, { type: `live-${string}` }>): CellRun {
  switch (event.type) {
    case 'live-started':
      return { ...run, sql: event.sql, live: 'starting', phase: firstLivePhase(run, event.sql) }
    case 'live-answered':
      return { ...run, shown: event.shown, live: 'on', phase: { is: 'done' } }
    case 'live-confirmed':
      return { ...run, live: 'on', shown: run.shown && { ...run.shown, age: event.age } }
    case 'live-failed':
      return { ...run, live: 'on', phase: { is: 'failed', problem: event.problem } }
    case 'live-lost':
      return { ...run, live: 'lost' }
    case 'live-ended':
      return { ...run, live: 'off', phase: { is: run.shown ? 'done' : 'idle' } }
  }
}

/** Whether the result, or the problem, is of another statement than the cell holds now. */
export function isStale(run: CellRun, sql: string): boolean {
  const ranLast = run.phase.is === 'failed' ? run.sql : (run.shown?.sql ?? null)
  return ranLast !== null && ranLast !== sql && !isBusy(run)
}

export function isBusy({ phase }: CellRun): boolean {
  return phase.is === 'queued' || phase.is === 'running' || phase.is === 'cancelling'
}

/** Fills in what the server knows of a statement after its answer: engine, whole count, age. */
function withState(shown: ShownResult, state: QueryProgress, at: number): ShownResult {
  const isCounted = state.state === 'done'
  const rowsTotal = isCounted ? state.rows : shown.result.rowsTotal
  return {
    ...shown,
    result: { ...shown.result, rowsTotal, cutBy: cutOf(shown.result, rowsTotal) },
    engine: state.engine,
    reason: shown.reason || state.reason,
    elapsedMs: isCounted ? state.elapsedMs : shown.elapsedMs,
    age: oldestAge(state, at) ?? shown.age,
  }
}

function cutOf(result: Result, rowsTotal: number | null): Result['cutBy'] {
  return result.cutBy === 'rows' && rowsTotal === result.rows ? null : result.cutBy
}

/** Data grows older while the statement runs. */
export function oldestAge({ streams, elapsedMs }: QueryProgress, now: number): DataAge | null {
  if (streams.length === 0) return null
  return { ageMs: Math.max(...streams.map(stream => stream.ageMs)), receivedAt: now - elapsedMs }
}

function cancelledPhase(phase: RunPhase, at: number): RunPhase {
  return { is: 'cancelled', confirmedAfterMs: phase.is === 'cancelling' ? at - phase.since : 0 }
}

function firstLivePhase(run: CellRun, sql: string): RunPhase {
  return run.shown?.sql === sql ? run.phase : { is: 'queued' }
}
