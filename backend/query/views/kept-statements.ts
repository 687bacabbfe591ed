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

/** How a live statement was answered. */
export interface AnswerWay {
  /** Whether it was, to the end. */
  readonly isAnswered: boolean
  /** Whether by what is kept. */
  readonly isFromKept: boolean
  /** Why what is kept could not be read, when it could not. */
  readonly failure: unknown
}

interface Entry {
  /** Undefined while it is being made, and for a statement that cannot be kept or is not worth it. */
  form: KeptForm | undefined
  isSettled: boolean
  readonly aloneMs: number
  usedAt: number
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

  /**
   * What to run in the place of a live statement; undefined when it is to run as it is. What is given up meanwhile is not
   * there any more for a transaction that begins later: the statement runs as it is then.
   */
  take(sql: string): KeptForm | undefined {
    const entry = this.#entries.get(sql)
    if (entry === undefined) return undefined
    entry.usedAt = performance.now()
    const { form } = entry
    return form?.views.every(({ name }) => this.#parts.views.isKept(name)) ? form : undefined
  }

  /** Finds out by how a live statement was answered whether it is worth to be kept. */
  learn(sql: string, { isAnswered, isFromKept, failure, tookMs }: AnswerWay & { tookMs: number }) {
    const entry = this.#entries.get(sql)
    if (failure !== undefined) this.#failed(sql, failure)
    else if (!isAnswered) return
    else if (entry === undefined) this.#consider(sql, tookMs)
    else if (isFromKept) this.#compare(entry, tookMs)
  }

  /** A view cannot be taken further. */
  viewFailed(name: string, error: unknown): void {
    for (const [sql, { form }] of this.#entries) {
      if (form?.views.some(view => view.name === name)) this.#failed(sql, error)
    }
  }

  #consider(sql: string, tookMs: number): void {
    const { settings } = this.#parts
    if (tookMs < settings.aboveMs || sql.length > charactersMax) return
    const kept = [...this.#entries.values()].filter(entry => entry.form || !entry.isSettled)
    if (kept.length >= settings.statementsMax) return
    const entry: Entry = {
      form: undefined,
      isSettled: false,
      aloneMs: tookMs,
      usedAt: performance.now(),
      slower: 0,
    }
    this.#entries.set(sql, entry)
    void this.#keep(sql, entry)
  }

  #compare(entry: Entry, tookMs: number): void {
    entry.slower = tookMs > entry.aloneMs ? entry.slower + 1 : 0
    if (entry.slower >= this.#parts.settings.slowerMax) this.#giveUp(entry)
  }

  /** The statement runs as it is from now on. */
  #failed(sql: string, error: unknown): void {
    const entry = this.#entries.get(sql)
    if (entry?.form === undefined) return
    this.#complain(sql, error)
    this.#giveUp(entry)
  }

  /** That a statement cannot be kept is nobody's problem: it runs as it is. */
  #complain(sql: string, error: unknown): void {
    if (!isFailure(error, 'view-not-mergeable')) this.#parts.onProblem(sql, error)
  }

  async #keep(sql: string, entry: Entry): Promise<void> {
    const { writer, views, functions, streams, change } = this.#parts
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
      this.#complain(sql, error)
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
      if (!entry.isSettled || entry.usedAt > before) continue
      this.#entries.delete(sql)
      this.#giveUp(entry)
    }
  }
}
