import type { DuckDBConnection } from '@duckdb/node-api'
import { isFailure } from '../../base/failure.ts'
import type { SqlFunctions } from '../sql-functions.ts'
import type { KeepSettings } from './keep-settings.ts'
import { type KeptForm, keptFormOf } from './kept-form.ts'
import { keptSchema, type ViewTables } from './view-tables.ts'

export interface KeptStatementsParts {
  readonly settings: KeepSettings
  /** Changes what statements see. */
  readonly writer: DuckDBConnection
  readonly views: ViewTables
  readonly functions: SqlFunctions
  /** Columns of each stream. */
  readonly streams: ReadonlyMap<string, readonly string[]>
  /** Runs a change of what statements see when no other is under way. */
  change(work: () => Promise<void>): Promise<void>
  onProblem(sql: string, error: unknown): void
}

/** What to run in the place of a live statement. */
export interface KeptReading {
  readonly sql: string
  /** Whether it reads other tables than what is kept. */
  readonly readsMore: boolean
  /** To be called when it has ended. */
  giveBack(): void
}

interface Entry {
  /** Undefined while it is being made, and for a statement that cannot be kept or is not worth it. */
  form: KeptForm | undefined
  isSettled: boolean
  readonly aloneMs: number
  usedAt: number
  readers: number
  /** How often in a row it took longer than without what is kept. */
  slower: number
}

/** Longer statements are run as they are. */
const charactersMax = 10_000

let viewsMade = 0

/**
 * Live statements whose aggregates are kept current while somebody looks at them, as those of live views are: a statement
 * that runs again has only to read what has come since. Which statements these are is found out by the time they take.
 */
export class KeptStatements {
  readonly #parts: KeptStatementsParts
  readonly #entries = new Map<string, Entry>()

  constructor(parts: KeptStatementsParts) {
    this.#parts = parts
    setInterval(() => this.#giveUpIdle(), parts.settings.idleMs / 4).unref()
  }

  /** Undefined when the statement is to run as it is. */
  take(sql: string): KeptReading | undefined {
    const entry = this.#entries.get(sql)
    if (entry === undefined) return undefined
    entry.usedAt = performance.now()
    const { form } = entry
    if (!form?.views.every(({ name }) => this.#parts.views.isKept(name))) return undefined
    entry.readers++
    return {
      sql: form.sql,
      readsMore: form.readsMore,
      giveBack: () => {
        entry.readers--
      },
    }
  }

  /** A live statement was answered as it is. */
  answeredAlone(sql: string, tookMs: number): void {
    const { settings } = this.#parts
    if (tookMs < settings.aboveMs || sql.length > charactersMax || this.#entries.has(sql)) return
    const kept = [...this.#entries.values()].filter(entry => entry.form || !entry.isSettled)
    if (kept.length >= settings.statementsMax) return
    const entry: Entry = {
      form: undefined,
      isSettled: false,
      aloneMs: tookMs,
      usedAt: performance.now(),
      readers: 0,
      slower: 0,
    }
    this.#entries.set(sql, entry)
    void this.#keep(sql, entry)
  }

  /** It was answered by what is kept. */
  answeredFromKept(sql: string, tookMs: number): void {
    const entry = this.#entries.get(sql)
    if (entry === undefined) return
    entry.slower = tookMs > entry.aloneMs ? entry.slower + 1 : 0
    if (entry.slower >= this.#parts.settings.slowerMax) this.#giveUp(entry)
  }

  /** What is kept could not be read; the statement is run as it is from now on. */
  failed(sql: string, error: unknown): void {
    const entry = this.#entries.get(sql)
    if (entry?.form === undefined) return
    this.#parts.onProblem(sql, error)
    this.#giveUp(entry)
  }

  /** A view cannot be taken further. */
  viewFailed(name: string, error: unknown): void {
    for (const [sql, { form }] of this.#entries) {
      if (form?.views.some(view => view.name === name)) this.failed(sql, error)
    }
  }

  async #keep(sql: string, entry: Entry): Promise<void> {
    const { writer, views, functions, streams, change, onProblem } = this.#parts
    const parts = { functions, streams, schema: keptSchema, newName: () => `${++viewsMade}` }
    try {
      await change(async () => {
        const form = await keptFormOf(writer, sql, parts)
        try {
          for (const { name, sql: select } of form?.views ?? []) {
            await views.add({ name, id: name, sql: select })
          }
          if (form) await writer.prepare(form.sql)
          entry.form = form
        } catch (error) {
          for (const { name } of form?.views ?? []) await views.remove(name)
          throw error
        }
      })
    } catch (error) {
      // That it cannot be kept is nobody's problem: it is run as it is.
      if (!isFailure(error)) onProblem(sql, error)
    }
    entry.isSettled = true
  }

  /** The statement is remembered as one that is run as it is, until nobody asks for it any more. */
  #giveUp(entry: Entry): void {
    const { views, change } = this.#parts
    const { form } = entry
    entry.form = undefined
    for (const { name } of form?.views ?? []) void change(() => views.remove(name))
  }

  #giveUpIdle(): void {
    const before = performance.now() - this.#parts.settings.idleMs
    for (const [sql, entry] of this.#entries) {
      if (!entry.isSettled || entry.readers > 0 || entry.usedAt > before) continue
      this.#entries.delete(sql)
      this.#giveUp(entry)
    }
  }
}
