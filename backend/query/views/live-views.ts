import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Failure, isFailure } from '../../base/failure.ts'
import type { Log } from '../../base/log.ts'
import { literal } from '../../base/sql.ts'
import { placeAt } from '../../contract/duckdb-error.ts'
import type { Position } from '../../contract/problem.ts'
import { viewOutcomeColumns } from '../../contract/query.ts'
import type { ViewDefinition, ViewStore } from '../../live/view-store.ts'
import { type ViewStatement, viewStatementOf } from './view-statement.ts'

/** Where live views are worked out. */
export interface ViewEngine {
  /**
   * Makes a live view, in place of one of its name; resolves when statements see it.
   * @throws Failure `sql-…` or `view-not-mergeable` for what is wrong with it
   */
  addView(definition: ViewDefinition): Promise<void>
  removeView(name: string): Promise<void>
}

export interface LiveViewsParts {
  readonly store: ViewStore
  readonly engine: ViewEngine
  readonly clock: Clock
  readonly log: Log
  /** Statements find other live views than before. */
  onChange(): void
}

type Outcome = 'created' | 'replaced' | 'unchanged' | 'dropped'

const followEveryMs = 2_000

/** Makes, drops and shows live views, and follows those that other processes make and drop. */
export class LiveViews {
  readonly #parts: LiveViewsParts
  /** Name → the view that the engine has. */
  readonly #known = new Map<string, ViewDefinition>()
  /** Ids of those that the engine refused: they are not asked for again. */
  readonly #refused = new Set<string>()
  readonly #abort = new AbortController()
  #following: Promise<void> = Promise.resolve()
  #opening: Promise<void> | undefined
  /** Changes happen one after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(parts: LiveViewsParts) {
    this.#parts = parts
  }

  /** Resolves when the views that are there have been made, or cannot be read. */
  async start(): Promise<void> {
    await this.#readAll()
    this.#following = this.#follow()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#following
  }

  /**
   * Does what a statement says of live views, and gives one that reads the outcome; any other statement comes back as it is.
   * @throws Failure `view-exists`, `unknown-view`, and what the engine says of a view
   */
  async resolved(sql: string): Promise<string> {
    const statement = viewStatementOf(sql)
    if (statement === undefined) return sql
    if (statement.kind === 'show') {
      return 'SELECT name, stream, is_complete, rows, problem, statement FROM millrace.live_views ORDER BY name'
    }
    const { name } = statement
    const outcome = await this.#next(() =>
      statement.kind === 'create'
        ? this.#create(statement).catch(error => {
            throw placedIn(sql, statement.offset, error)
          })
        : this.#drop(statement),
    )
    const [viewColumn, outcomeColumn] = viewOutcomeColumns
    return `SELECT ${literal(name)} AS ${viewColumn}, ${literal(outcome)} AS ${outcomeColumn}`
  }

  async #create(statement: Extract<ViewStatement, { kind: 'create' }>): Promise<Outcome> {
    const { store, engine } = this.#parts
    const { name, sql, retention, replaces, ifAbsent } = statement
    await this.#open()
    const before = await store.get(name)
    if (before?.sql.trim() === sql.trim() && before.retention === retention) {
      await this.#take(before)
      return 'unchanged'
    }
    if (before && ifAbsent) return 'unchanged'
    if (before && !replaces) {
      throw new Failure('view-exists', `There is a live view ${name}, with another SELECT.`, {
        hint: 'CREATE OR REPLACE LIVE VIEW puts this one in its place.',
      })
    }
    const after = { name, id: randomUUID(), sql, retention }
    await engine.addView(after)
    this.#knows(after)
    if (!(await store.replace(before, after))) throw changedMeanwhile(name)
    return before ? 'replaced' : 'created'
  }

  async #drop({ name, ifThere }: Extract<ViewStatement, { kind: 'drop' }>): Promise<Outcome> {
    const { store } = this.#parts
    await this.#open()
    const before = await store.get(name)
    if (before === undefined) {
      if (ifThere) return 'unchanged'
      throw new Failure('unknown-view', `There is no live view ${name}.`, {
        hint: 'SHOW LIVE VIEWS lists those that are there.',
      })
    }
    if (!(await store.drop(before))) throw changedMeanwhile(name)
    await this.#leave(name)
    return 'dropped'
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#parts.clock.sleep(followEveryMs, signal)
      if (!signal.aborted) await this.#readAll()
    }
  }

  async #readAll(): Promise<void> {
    const { store, log } = this.#parts
    try {
      await this.#open()
      await this.#next(async () => this.#takeAll(await store.list()))
    } catch (error) {
      log.warn({ err: error }, 'live views cannot be followed')
    }
  }

  #open(): Promise<void> {
    this.#opening ??= this.#parts.store.open().catch(error => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #takeAll(definitions: readonly ViewDefinition[]): Promise<void> {
    const names = new Set(definitions.map(({ name }) => name))
    for (const name of this.#known.keys()) if (!names.has(name)) await this.#leave(name)
    for (const definition of definitions) {
      const { name, id } = definition
      if (this.#refused.has(id)) continue
      await this.#take(definition).catch(error => {
        if (isFailure(error) && !error.retryable) this.#refused.add(id)
        this.#parts.log.warn({ err: error, view: name }, 'a live view cannot be made')
      })
    }
  }

  async #take(definition: ViewDefinition): Promise<void> {
    if (this.#known.get(definition.name)?.id === definition.id) return
    await this.#parts.engine.addView(definition)
    this.#knows(definition)
  }

  #knows(definition: ViewDefinition): void {
    this.#known.set(definition.name, definition)
    this.#parts.onChange()
  }

  async #leave(name: string): Promise<void> {
    if (!this.#known.delete(name)) return
    await this.#parts.engine.removeView(name)
    this.#parts.onChange()
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work, work)
    this.#changes = done.catch(() => {})
    return done
  }
}

/** What is wrong with the SELECT, at its place in the whole statement. */
function placedIn(sql: string, before: number, error: unknown): unknown {
  const position = isFailure(error) ? (error.extra.position as Position | undefined) : undefined
  if (!isFailure(error) || position === undefined) return error
  const extra = { ...error.extra, position: placeAt(sql, before + position.offset) }
  return new Failure(error.code, error.message, { hint: error.hint, extra, cause: error })
}

function changedMeanwhile(name: string): Failure {
  return new Failure('view-exists', `Someone else has changed the live view ${name} meanwhile.`, {
    hint: 'SHOW LIVE VIEWS shows it as it is; run the statement again to change it.',
  })
}
