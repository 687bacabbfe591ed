import type { Problem } from '../../../backend/contract/problem.ts'
import { tableOutcomeColumns, viewOutcomeColumns } from '../../../backend/contract/query.ts'
import type { LiveClient, LiveEvent } from '../api-client/live-connection.ts'
import { isAbort, problemOf } from '../api-client/problem-error.ts'
import { newQueryId, type QueryClient, type QueryId } from '../api-client/query-client.ts'
import type { Clock } from '../base/clock.ts'
import { Store } from '../base/store.ts'
import { isBeyondBrowser } from '../engine/engine-problem.ts'
import { asItIs, type InlinedStatement } from '../engine/inline-cells.ts'
import type { Result } from '../result/result.ts'
import { liveRowsMax, readLiveResult } from './live-result.ts'
import { followToEnd, type QueryRunOptions, runQuery } from './query-run.ts'
import type { RunSlots } from './run-slots.ts'
import {
  type CellRun,
  idleRun,
  isBusy,
  type RunEvent,
  reduceRun,
  type ShownResult,
} from './run-state.ts'
import { placedError, placedProblem, type RunTarget } from './run-target.ts'

export interface RunnerParts {
  readonly queries: QueryClient
  readonly live: LiveClient
  readonly clock: Clock
  readonly slots: RunSlots
  /** A statement has made or dropped something that others can name. */
  catalogChanged(): void
}

/** Says where a statement goes, once what it reads is there. */
export type ChooseTarget = (signal: AbortSignal) => Promise<RunTarget>

interface Attempt {
  readonly id: QueryId
  readonly abort: AbortController
  /** Where it runs, once that is known. */
  queries: QueryClient | null
}

/** Runs one cell's statement, once or for as long as it is live. */
export class CellRunner {
  readonly run = new Store<CellRun>(idleRun)
  /** Whether a cell that it reads has another statement than when it ran. */
  readonly isOutdated = new Store(false)
  private readonly parts: RunnerParts
  private attempt: Attempt | null = null
  private refreshing: Attempt | null = null
  private endLive = (): void => {}

  constructor(parts: RunnerParts) {
    this.parts = parts
  }

  /** Runs a statement in place of what runs now. */
  async start(sql: string, choose: ChooseTarget = this.onServer(sql)): Promise<void> {
    this.drop()
    const attempt = newAttempt()
    this.attempt = attempt
    this.apply({ type: 'queued', sql })
    await this.attend(attempt, async () => {
      const target = await choose(attempt.abort.signal)
      const giveBack = await this.parts.slots.take(attempt.abort.signal)
      try {
        await this.ask(attempt, sql, target)
      } finally {
        giveBack()
      }
    })
  }

  /** Runs a statement again because what it reads has changed; the result stays until the next one is there. */
  async refresh(sql: string, choose: ChooseTarget): Promise<void> {
    if (isBusy(this.run.get())) return
    this.drop()
    const attempt = newAttempt()
    this.attempt = attempt
    this.refreshing = attempt
    await this.attend(attempt, async () => {
      const target = await choose(attempt.abort.signal)
      await this.answer(attempt, sql, target)
    })
    if (this.refreshing === attempt) this.refreshing = null
  }

  /** Whether a next result is on its way that `refresh` has asked for. */
  get isRefreshing(): boolean {
    return this.refreshing !== null && this.refreshing === this.attempt
  }

  /** Stops what runs and says when the engine has confirmed it. */
  async cancel(): Promise<void> {
    const { attempt, parts } = this
    const { phase } = this.run.get()
    if (!attempt || !isBusy(this.run.get()) || phase.is === 'cancelling') return
    if (phase.is === 'queued') {
      this.drop()
      this.apply({ type: 'dropped' })
      return
    }
    this.apply({ type: 'cancelling', at: parts.clock.now() })
    try {
      await (attempt.queries ?? parts.queries).cancel(attempt.id)
      const isWaiting = this.run.get().phase.is === 'cancelling'
      if (this.attempt === attempt && isWaiting) {
        this.apply({ type: 'cancelled', at: parts.clock.now() })
      }
    } catch (error) {
      if (this.attempt === attempt && !this.isAnswered()) this.fail(error)
    } finally {
      if (this.attempt === attempt) this.drop()
    }
  }

  goLive(sql: string, statement: InlinedStatement = asItIs(sql)): void {
    this.drop()
    this.endLive()
    this.apply({ type: 'live-started', sql })
    const query = { sql: statement.sql, rowsMax: liveRowsMax }
    this.endLive = this.parts.live.subscribe(query, event => this.hear(sql, statement, event))
  }

  /** Takes a result of `from` as one of `to`, which means the same. */
  restate(from: string, to: string): void {
    this.apply({ type: 'restated', from, to })
  }

  /** Takes the result as that of a text which means the same as the one that was sent. */
  resent(sent: string): void {
    this.apply({ type: 'resent', sent })
  }

  /** Says why a statement is not run. */
  refuse(sql: string, problem: Problem): void {
    this.drop()
    this.stopLive()
    this.apply({ type: 'queued', sql })
    this.apply({ type: 'failed', problem })
  }

  stopLive(): void {
    if (this.run.get().live === 'off') return
    this.endLive()
    this.endLive = () => {}
    this.apply({ type: 'live-ended' })
  }

  /** Stops all work; the last result stays. */
  dispose(): void {
    this.stopLive()
    if (isBusy(this.run.get())) void this.cancel()
  }

  private onServer(sql: string): ChooseTarget {
    const { queries } = this.parts
    const statement = asItIs(sql)
    return async () => ({
      ...{ queries, statement, place: 'server', engine: 'auto' },
      ...{ reason: '', age: null, otherwise: null },
    })
  }

  private async attend(attempt: Attempt, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.attempt === attempt) this.fail(error)
    }
  }

  private async ask(attempt: Attempt, sql: string, target: RunTarget): Promise<void> {
    this.apply({ type: 'started', at: this.parts.clock.now() })
    await this.answer(attempt, sql, target)
  }

  private async answer(attempt: Attempt, sql: string, target: RunTarget): Promise<void> {
    const { clock } = this.parts
    const { queries, engine, statement, otherwise, reason, place, age } = target
    const startedAt = clock.now()
    attempt.queries = queries
    const options = { ...this.optionsFor(attempt), queries }
    const sent = statement.sql
    let result: Result
    try {
      result = await runQuery({ id: attempt.id, sql: sent, engine }, options)
    } catch (error) {
      if (otherwise === null || !isBeyondBrowser(error)) throw placedError(error, statement)
      const why = `the browser could not: ${problemOf(error).detail}`
      return this.answer(attempt, sql, { ...otherwise, reason: why })
    }
    if (this.attempt !== attempt || this.run.get().phase.is === 'cancelled') return
    const elapsedMs = clock.now() - startedAt
    const shown = { result, sql, sent, queries, engine: place, reason, elapsedMs, age }
    this.apply({ type: 'answered', shown })
    if (tellsOfTables(result)) this.parts.catalogChanged()
    await followToEnd(attempt.id, options).catch(() => {})
  }

  private optionsFor(attempt: Attempt): Omit<QueryRunOptions, 'queries'> {
    const { clock } = this.parts
    return {
      clock,
      signal: attempt.abort.signal,
      onState: state => {
        if (this.attempt !== attempt) return
        if (this.isAnswered()) this.apply({ type: 'told', state, at: clock.now() })
        else {
          const { progress, fetching } = state
          this.apply({ type: 'progressed', progress, fetching })
        }
      },
    }
  }

  private isAnswered(): boolean {
    return this.run.get().phase.is === 'done'
  }

  private fail(error: unknown): void {
    const { phase } = this.run.get()
    // The statement ends with an error because it was cancelled: the answer to the cancel says so.
    if (phase.is === 'cancelling' || phase.is === 'cancelled') {
      const problem = problemOf(error)
      if (isAbort(error) || problem.code === 'query-cancelled') return
      this.apply({ type: 'failed', problem })
      return
    }
    if (isAbort(error)) this.apply({ type: 'dropped' })
    else this.apply({ type: 'failed', problem: problemOf(error) })
  }

  private drop(): void {
    const { attempt } = this
    this.attempt = null
    attempt?.abort.abort()
  }

  private hear(sql: string, statement: InlinedStatement, event: LiveEvent): void {
    switch (event.type) {
      case 'result':
        this.apply({ type: 'live-answered', shown: this.liveResult(sql, statement, event) })
        break
      case 'current':
        this.apply({
          type: 'live-confirmed',
          age: { ageMs: event.ageMs, receivedAt: event.receivedAt },
        })
        break
      case 'failed':
        this.apply({ type: 'live-failed', problem: placedProblem(event.problem, statement) })
        break
      case 'lost':
        this.apply({ type: 'live-lost' })
    }
  }

  private liveResult(
    sql: string,
    statement: InlinedStatement,
    event: Extract<LiveEvent, { type: 'result' }>,
  ): ShownResult {
    return {
      ...readLiveResult(event),
      sql,
      sent: statement.sql,
      queries: this.parts.queries,
      engine: 'server',
      reason: event.header.isKept ? keptReason : liveReason,
      elapsedMs: event.header.elapsedMs,
    }
  }

  private apply(event: RunEvent): void {
    this.run.update(run => reduceRun(run, event))
  }
}

const liveReason = 'live: the statement runs again as soon as new events are visible'
const keptReason = 'live: its groups are kept, and only what has come since is read'

function newAttempt(): Attempt {
  return { id: newQueryId(), abort: new AbortController(), queries: null }
}

function tellsOfTables({ columns }: Result): boolean {
  const names = columns.map(({ name }) => name).join()
  return [viewOutcomeColumns, tableOutcomeColumns].some(outcome => names === outcome.join())
}
