import type { DuckDBConnection } from '@duckdb/node-api'
import { invariant } from '../../base/invariant.ts'
import { identifier } from '../../base/sql.ts'
import type { ViewPlan } from './view-plan.ts'
import { refusal } from './view-refusal.ts'
import type { ViewDefinition } from './view-statement.ts'

/** Between two interrupts of what has not given up yet. */
const interruptEveryMs = 50

let tablesMade = 0

/** A view whose parts are made. */
export interface MadeView {
  readonly definition: ViewDefinition
  readonly plan: ViewPlan
}

/** A table of parts, and how many they are. */
export interface MadeParts {
  readonly table: string
  readonly rows: number
}

export interface PartsMakerParts {
  readonly worker: DuckDBConnection
  /** Of one view. */
  readonly groupsMax: number
  isGone(view: MadeView): boolean
}

/** Works out parts of views, one after the other, on a connection of its own. */
export class PartsMaker {
  readonly #parts: PartsMakerParts
  #making: MadeView | undefined

  constructor(parts: PartsMakerParts) {
    this.#parts = parts
  }

  /**
   * Merges parts into a new table, for the caller to drop.
   * @param source SQL of the parts
   * @throws Failure `view-not-mergeable` when there are too many groups
   */
  async make(view: MadeView, source: string): Promise<MadeParts> {
    const { worker, groupsMax } = this.#parts
    this.throwIfGone(view)
    const table = newPartsName(view.definition.name)
    const limit = Number.isFinite(groupsMax) ? `LIMIT ${groupsMax + 1}` : ''
    try {
      this.#making = view
      await worker
        .run(`CREATE TABLE ${partsTable(table)} AS ${view.plan.mergedSql(source)} ${limit}`)
        .finally(() => {
          this.#making = undefined
        })
      const rows = await this.count(table)
      if (rows > groupsMax) throw refusal('It has too many groups.', view.definition.sql)
      return { table, rows }
    } catch (error) {
      await this.drop([table])
      throw error
    }
  }

  async drop(tables: readonly string[]): Promise<void> {
    for (const table of tables) {
      await this.#parts.worker.run(`DROP TABLE IF EXISTS ${partsTable(table)}`)
    }
  }

  async clear(table: string): Promise<void> {
    await this.#parts.worker.run(`DELETE FROM ${partsTable(table)}`)
  }

  count(table: string): Promise<number> {
    return this.#number(`SELECT count(*)::DOUBLE FROM ${partsTable(table)}`)
  }

  /** How many rows a reader gets of those tables together, before any join. */
  async countRows({ keys }: ViewPlan, tables: readonly string[]): Promise<number> {
    if (keys.length === 0) return 1
    const names = keys.map(identifier).join(', ')
    return this.#number(
      `SELECT count(*)::DOUBLE FROM (SELECT ${names} FROM (${allParts(tables)}) GROUP BY ${names})`,
    )
  }

  /** Stops what is worked out for a view that is not there any more. On a statement that is about to begin it is lost. */
  giveUp(view: MadeView): void {
    if (this.#making !== view) return
    this.#parts.worker.interrupt()
    setTimeout(() => this.giveUp(view), interruptEveryMs)
  }

  throwIfGone(view: MadeView): void {
    if (this.#parts.isGone(view)) throw new Error('the view was replaced')
  }

  async #number(sql: string): Promise<number> {
    const read = await this.#parts.worker.runAndReadAll(sql)
    return Number(read.getRowsJS()[0]?.[0])
  }
}

/** SQL of the parts in some tables. */
export function allParts(tables: readonly string[]): string {
  return tables.map(table => `FROM ${partsTable(table)}`).join(' UNION ALL ')
}

export function partsTable(table: string): string {
  return `view_parts.${identifier(table)}`
}

export function newPartsName(view: string): string {
  invariant(view !== '', 'a view has a name')
  return `${view} ${++tablesMade}`
}
