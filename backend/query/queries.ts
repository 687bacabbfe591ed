import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure, isFailure, messageOf } from '../base/failure.ts'
import { toProblem } from '../base/problem-document.ts'
import { isDefinition } from '../contract/definition-statement.ts'
import type { QueryRequest, QueryState } from '../contract/query.ts'
import { type PlacementLimits, placeScans, serverReason } from './placement.ts'
import type { QueryEngine, QueryResult, Statement, StatementPlanner } from './query-engine.ts'

/** Does what some statements say, and gives others in their place. */
export interface StatementResolver {
  /** @returns the statement as it is when it says nothing of this kind */
  resolved(sql: string): Promise<string>
}

/** A choice between the server and Spark. */
export interface SparkChoice {
  readonly engine: QueryEngine
  readonly planner: StatementPlanner
  readonly limits: PlacementLimits
  /** Bytes of all files of the lake's tables of streams: there is nothing to choose while they are few. */
  historyBytes(): number
}

export interface QueriesParts {
  readonly server: QueryEngine
  /** Of live views, of tables of HBase. */
  readonly resolvers: readonly StatementResolver[]
  /** Undefined where there is none. */
  readonly spark?: SparkChoice | undefined
  readonly clock: Clock
  readonly timeoutMs: number
}

/** How many statements that have ended are remembered. */
const rememberedMax = 500

const unknownReason = 'The server holds both the history and the live tail.'
const rememberedReason = 'It was answered before, and nothing that it reads has changed since.'

interface Entry {
  state: QueryState
  readonly startedAt: number
  readonly abort: AbortController
  /** Resolves when the engine has done with it. */
  ended: Promise<void>
}

/** The statements that were asked for: run, watched and cancelled by their ids. */
export class Queries {
  readonly #parts: QueriesParts
  readonly #entries = new Map<string, Entry>()

  constructor(parts: QueriesParts) {
    this.#parts = parts
  }

  /**
   * Runs a statement until its result is read or the signal aborts.
   * @throws Failure as `QueryEngine.run` does, and `bad-request` when the id is taken
   */
  async run(
    request: QueryRequest,
    signal: AbortSignal,
  ): Promise<{ id: string; result: QueryResult }> {
    const id = request.id ?? randomUUID()
    if (this.#entries.has(id)) throw new Failure('bad-request', `The id ${id} is taken.`)
    const entry = this.#enter(id, this.#askedEngine(request), request)
    const onAbort = (): void => entry.abort.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    let end = (): void => {}
    entry.ended = new Promise(resolve => {
      end = resolve
    })
    try {
      const result = await this.#start(request, entry)
      void result.rowCount
        .then(
          rows => this.#update(entry, { state: 'done', rows, progress: 1, fetching: null }),
          error => this.#fail(entry, error),
        )
        .finally(end)
      return { id, result }
    } catch (error) {
      this.#fail(entry, error)
      end()
      throw error
    }
  }

  /** @throws Failure `not-found` when no such statement is remembered */
  state(id: string): QueryState {
    const entry = this.#entry(id)
    const isOver = entry.state.state !== 'running' && entry.state.state !== 'queued'
    if (isOver) return entry.state
    return { ...entry.state, elapsedMs: this.#parts.clock.now() - entry.startedAt }
  }

  /** Cancels a statement; resolves when the engine has confirmed that it ended, whichever way. */
  async cancel(id: string): Promise<QueryState> {
    const entry = this.#entry(id)
    entry.abort.abort()
    await entry.ended
    return this.state(id)
  }

  /** Where it runs if nothing speaks against it. */
  #askedEngine({ engine = 'auto', sql }: QueryRequest): QueryEngine {
    const { server, spark } = this.#parts
    if (engine !== 'spark' || isDefinition(sql)) return server
    if (spark) return spark.engine
    throw new Failure('engine-unavailable', 'There is no Spark here.', {
      hint: 'Spark belongs to the cluster profile; see MILLRACE_SPARK in docs/settings.md.',
    })
  }

  async #start(request: QueryRequest, entry: Entry): Promise<QueryResult> {
    const { timeoutMs, resolvers } = this.#parts
    let { sql } = request
    for (const resolver of resolvers) sql = await resolver.resolved(sql)
    const statement = { sql, params: request.params ?? {} }
    const engine = await this.#chosenEngine(request, statement, entry)
    const result = await engine.run(statement, {
      signal: entry.abort.signal,
      rowsMax: request.rowsMax ?? Number.MAX_SAFE_INTEGER,
      after: request.after,
      timeoutMs,
      onProgress: ({ share: progress, rows, fetching }) => {
        if (entry.state.state === 'queued' || entry.state.state === 'running') {
          this.#update(entry, { state: 'running', progress, rows, fetching: fetching ?? null })
        }
      },
    })
    const reason = reasonOf(result, entry.state.reason)
    this.#update(entry, { state: 'running', streams: [...result.streams], reason })
    return result
  }

  async #chosenEngine(
    request: QueryRequest,
    statement: Statement,
    entry: Entry,
  ): Promise<QueryEngine> {
    const { spark, server } = this.#parts
    const asked = this.#askedEngine(request)
    if (!spark || isChosen(request) || isDefinition(request.sql)) return asked
    if (spark.historyBytes() <= spark.limits.serverBytesMax) return asked
    const scans = await spark.planner.plan(statement, entry.abort.signal)
    const { engine, reason } = placeScans(scans, spark.limits)
    this.#update(entry, { engine, reason })
    return engine === 'spark' ? spark.engine : server
  }

  #enter(id: string, engine: QueryEngine, request: QueryRequest): Entry {
    const entry: Entry = {
      startedAt: this.#parts.clock.now(),
      abort: new AbortController(),
      ended: Promise.resolve(),
      state: {
        id,
        state: 'queued',
        engine: engine.name,
        reason: isChosen(request) ? 'The statement asks for it.' : unknownReason,
        progress: null,
        fetching: null,
        rows: 0,
        elapsedMs: 0,
        streams: [],
      },
    }
    this.#entries.set(id, entry)
    for (const [oldest, { state }] of this.#entries) {
      if (this.#entries.size <= rememberedMax) break
      if (state.state !== 'queued' && state.state !== 'running') this.#entries.delete(oldest)
    }
    return entry
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry) return entry
    throw new Failure('not-found', `No statement ${id} is remembered.`, {
      hint: 'Statements that ended long ago are forgotten.',
    })
  }

  #update(entry: Entry, change: Partial<QueryState>): void {
    const elapsedMs = this.#parts.clock.now() - entry.startedAt
    entry.state = { ...entry.state, elapsedMs, ...change }
  }

  #fail(entry: Entry, error: unknown): void {
    const failure = isFailure(error) ? error : new Failure('internal', messageOf(error))
    const state = failure.code === 'query-cancelled' ? 'cancelled' : 'failed'
    this.#update(entry, { state, problem: toProblem(failure), fetching: null })
  }
}

/** What the answer shows of why it ran where it did. */
function reasonOf({ isRemembered, scans }: QueryResult, known: string): string {
  if (isRemembered) return rememberedReason
  return known === unknownReason && scans ? serverReason(scans) : known
}

function isChosen({ engine = 'auto' }: QueryRequest): boolean {
  return engine !== 'auto'
}
