import { ArrowMessageSplitter, batchRows } from '../api-client/arrow-messages.ts'
import { isAbort } from '../api-client/problem-error.ts'
import type { QueryClient, QueryId, QueryProgress } from '../api-client/query-client.ts'
import type { Clock } from '../base/clock.ts'
import { quotedName } from '../editor/sql-catalog.ts'
import type { OpenDuckDb } from './duckdb-wasm.ts'
import { engineError, isTrap, startError } from './engine-problem.ts'
import type { LocalTable } from './local-table.ts'
import { exactStatement, readTypes, schemaWithTypes, type TypedColumn } from './result-schema.ts'
import { checkReads } from './statement-text.ts'

/** Rows that a statement finds under a name: `['events']`, `['live', 'product_stats']`. */
export interface NamedTable {
  readonly path: readonly string[]
  readonly table: LocalTable
}

export interface BrowserEngineParts {
  open(): Promise<OpenDuckDb>
  readonly clock: Clock
}

/** What a run is bound to. */
export interface BrowserRun {
  readonly tables: readonly NamedTable[]
  readonly reason: string
}

interface Run {
  readonly sql: string
  readonly tables: readonly NamedTable[]
  readonly startedAt: number
  readonly abort: AbortController
  readonly ended: Promise<void>
  state: QueryProgress
  end(): void
}

type OnMessage = Parameters<QueryClient['run']>[1]['onMessage']
interface StreamOptions {
  readonly rowsMax: number
  readonly onMessage: OnMessage
  orCancelled<T>(work: Promise<T>): Promise<T>
}

interface Loaded {
  readonly name: string
  readonly bytes: number
}

/** What the engine keeps loaded beyond the statement that runs. */
const keptBytesMax = 256 * 2 ** 20
/** A worker that does not stop by then is ended, and another one begins. */
const cancelMsMax = 1_500
const runsKeptMax = 100
const nothing = new Uint8Array()

/** DuckDB in this browser: runs statements one after the other, on rows that are here. */
export class BrowserEngine {
  private readonly parts: BrowserEngineParts
  private readonly runs = new Map<QueryId, Run>()
  private opened: Promise<OpenDuckDb> | null = null
  private loaded = new Map<LocalTable, Loaded>()
  private last: Promise<unknown> = Promise.resolve()
  private tableCount = 0

  constructor(parts: BrowserEngineParts) {
    this.parts = parts
  }

  /** Runs statements over those tables. */
  clientFor(bound: BrowserRun): QueryClient {
    return {
      run: async ({ id, sql, rowsMax = Number.POSITIVE_INFINITY }, { onMessage, signal }) => {
        const run = this.begin(id, sql, bound)
        const stop = (): void => run.abort.abort()
        signal.addEventListener('abort', stop)
        if (signal.aborted) stop()
        try {
          await this.inTurn(run, () => this.run(run, rowsMax, onMessage))
        } finally {
          signal.removeEventListener('abort', stop)
        }
      },
      state: id => Promise.resolve(this.stateOf(id)),
      cancel: async id => {
        const run = this.runs.get(id)
        run?.abort.abort()
        await run?.ended
        return this.stateOf(id)
      },
    }
  }

  /** Runs it behind those that were there before; who gives up does not wait for them. */
  private async inTurn(run: Run, work: () => Promise<void>): Promise<void> {
    const { signal } = run.abort
    const givenUp = new Promise<never>((_, reject) => {
      const giveUp = (): void => {
        if (run.state.state !== 'queued') return
        run.end()
        reject(this.failed(run, signal.reason))
      }
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp)
    })
    const done = this.last.then(() => (signal.aborted ? undefined : work()))
    this.last = Promise.allSettled([done])
    await Promise.race([done, givenUp])
  }

  private begin(id: QueryId, sql: string, { tables, reason }: BrowserRun): Run {
    const state: QueryProgress = {
      ...{ id, reason, state: 'queued', engine: 'browser' },
      ...{ progress: null, fetching: null, rows: 0, elapsedMs: 0, streams: [] },
    }
    let end = (): void => {}
    const ended = new Promise<void>(resolve => {
      end = resolve
    })
    const abort = new AbortController()
    const run: Run = { sql, tables, state, abort, ended, end, startedAt: this.parts.clock.now() }
    this.runs.set(id, run)
    const [oldest] = this.runs.keys()
    if (this.runs.size > runsKeptMax && oldest !== undefined) this.runs.delete(oldest)
    return run
  }

  private async run(run: Run, rowsMax: number, onMessage: OnMessage): Promise<void> {
    const { signal } = run.abort
    const cancelled = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    cancelled.catch(() => {})
    const orCancelled = <T>(work: Promise<T>): Promise<T> => Promise.race([work, cancelled])
    try {
      signal.throwIfAborted()
      this.tell(run, { state: 'running' })
      checkReads(run.sql)
      const duck = await orCancelled(this.open())
      await orCancelled(this.prepare(duck, run.tables)).catch(error => {
        // What is being loaded cannot be stopped otherwise.
        if (isAbort(error)) this.abandon()
        throw error
      })
      await this.stream(duck, run, { rowsMax, onMessage, orCancelled })
      this.tell(run, { state: 'done' })
    } catch (error) {
      throw this.failed(run, error)
    } finally {
      run.end()
    }
  }

  private stateOf(id: QueryId): QueryProgress {
    const run = this.runs.get(id)
    if (!run) throw new Error('There is no such statement in this browser')
    return run.state
  }

  private tell(run: Run, change: Partial<QueryProgress>): void {
    run.state = { ...run.state, ...change, elapsedMs: this.parts.clock.now() - run.startedAt }
  }

  private open(): Promise<OpenDuckDb> {
    this.opened ??= this.parts.open().catch(error => {
      this.opened = null
      throw startError(error)
    })
    return this.opened
  }

  /** Ends the worker; the next statement starts another one, and loads what it reads again. */
  private abandon(): void {
    const { opened } = this
    this.opened = null
    this.loaded = new Map()
    void opened?.then(({ db }) => db.terminate()).catch(() => {})
  }

  /** Loads what is not there yet, and gives it the names that the statement uses. */
  private async prepare(duck: OpenDuckDb, tables: readonly NamedTable[]): Promise<void> {
    const run = (sql: string): Promise<Uint8Array> => duck.db.runQuery(duck.connection, sql)
    await this.makeRoom(duck, tables)
    const schemas = new Set(['named', ...tables.flatMap(({ path }) => path.slice(0, -1))])
    for (const schema of schemas) {
      await run(`DROP SCHEMA IF EXISTS ${quotedName(schema)} CASCADE`)
      await run(`CREATE SCHEMA ${quotedName(schema)}`)
    }
    for (const { path, table } of tables) {
      const { name } = await this.load(duck, table)
      const full = path.length > 1 ? path : ['named', ...path]
      await run(`CREATE VIEW ${full.map(quotedName).join('.')} AS FROM main.${name}`)
    }
    await run(`SET search_path = 'named'`)
  }

  private async load(duck: OpenDuckDb, table: LocalTable): Promise<Loaded> {
    const known = this.loaded.get(table)
    if (known) return known
    const loader = {
      ...duck,
      run: async (sql: string) => void (await duck.db.runQuery(duck.connection, sql)),
    }
    this.tableCount += 1
    const entry = { name: `t${this.tableCount}`, bytes: table.bytes }
    await table.load(loader, entry.name)
    this.loaded.set(table, entry)
    return entry
  }

  /** Forgets what was used longest ago. */
  private async makeRoom(duck: OpenDuckDb, tables: readonly NamedTable[]): Promise<void> {
    const used = new Set(tables.map(({ table }) => table))
    for (const [table, entry] of [...this.loaded]) {
      if (!used.has(table)) continue
      this.loaded.delete(table)
      this.loaded.set(table, entry)
    }
    let bytes = [...new Set([...this.loaded.keys(), ...used])].reduce(
      (sum, table) => sum + table.bytes,
      0,
    )
    for (const [table, { name }] of [...this.loaded]) {
      if (bytes <= keptBytesMax || used.has(table)) return
      await duck.db.runQuery(duck.connection, `DROP TABLE main.${name}`)
      this.loaded.delete(table)
      bytes -= table.bytes
    }
  }

  private async stream(
    duck: OpenDuckDb,
    run: Run,
    { rowsMax, onMessage, orCancelled }: StreamOptions,
  ): Promise<void> {
    const { db, connection } = duck
    try {
      const types = await orCancelled(this.typesOf(duck, run.sql))
      const sql = exactStatement(run.sql, types)
      let bytes = await orCancelled(db.startPendingQuery(connection, sql, true))
      while (bytes === null) bytes = await orCancelled(db.pollPendingQuery(connection))
      const splitter = new ArrowMessageSplitter()
      let rows = 0
      while (bytes === null || bytes.length > 0) {
        for (const message of splitter.push(bytes ?? nothing)) {
          const isWanted = message.kind !== 'batch' || rows < rowsMax
          if (message.kind === 'batch') rows += batchRows(message)
          if (isWanted) {
            await onMessage(message.kind === 'schema' ? schemaWithTypes(message, types) : message)
          }
        }
        this.tell(run, { rows })
        bytes = await orCancelled(db.fetchQueryResults(connection))
      }
    } catch (error) {
      if (isAbort(error)) await this.stop(duck)
      throw error
    }
  }

  /** The SQL types of the columns; null where only running the statement tells. */
  private async typesOf(
    { db, connection }: OpenDuckDb,
    sql: string,
  ): Promise<readonly TypedColumn[] | null> {
    if (/^\s*(?:explain|describe|desc|summarize|show)\b/i.test(sql)) return null
    // What is wrong with the statement is told when it runs, at its place.
    const described = await db.runQuery(connection, `DESCRIBE ${sql}`).catch(error => {
      if (isTrap(error)) throw error
      return null
    })
    return described && readTypes(described)
  }

  private async stop({ db, connection }: OpenDuckDb): Promise<void> {
    const late = new Promise<boolean>(resolve => {
      this.parts.clock.after(cancelMsMax, () => resolve(false))
    })
    const stopped = db.cancelPendingQuery(connection).catch(() => false)
    const isStopped = await Promise.race([stopped, late])
    if (!isStopped) this.abandon()
  }

  private failed(run: Run, error: unknown): unknown {
    if (isAbort(error)) {
      this.tell(run, { state: 'cancelled' })
      return error
    }
    if (isTrap(error)) this.abandon()
    const known = engineError(error, run.sql)
    this.tell(run, { state: 'failed', problem: known.problem })
    return known
  }
}
