import type { DuckDBConnection } from '@duckdb/node-api'
import { inTransaction } from '../../base/duckdb.ts'
import { messageOf } from '../../base/failure.ts'
import { invariant } from '../../base/invariant.ts'
import { identifier, literal } from '../../base/sql.ts'
import type { SqlFunctions } from '../sql-functions.ts'
import type { StreamSource } from '../union-tables.ts'
import { listSql } from './view-list.ts'
import { planView, type ViewPlan } from './view-plan.ts'
import { refusal } from './view-refusal.ts'
import type { ViewDefinition } from './view-statement.ts'

interface KeptView {
  readonly definition: ViewDefinition
  readonly plan: ViewPlan
  /** Most of the parts, and those that came since: names of tables in the schema `view_parts`. */
  base: string
  recent: string
  /** Partition → the first offset that the parts do not hold. */
  positions: ReadonlyMap<number, number>
  /** Why the parts fell behind, when they did. */
  problem: string | undefined
  /** How many rows a reader gets, about: large views are counted now and then. */
  rows: number
  /** Files of the lake that hold nothing that the parts do not hold. */
  files: ReadonlySet<string>
}

export interface ViewTablesParts {
  /** Changes what statements see. */
  readonly writer: DuckDBConnection
  /** Works out parts meanwhile. */
  readonly worker: DuckDBConnection
  sourceOf(stream: string): StreamSource
  readonly functions: SqlFunctions
  /** Columns of each stream. */
  readonly streams: ReadonlyMap<string, readonly string[]>
  /** Runs a change of what statements see when no other is under way. */
  change(work: () => Promise<void>): Promise<void>
  onProblem(view: string, error: unknown): void
  /** Where the views stand. */
  readonly schema: string
  /** Whether `SHOW LIVE VIEWS` shows them. */
  readonly isListed: boolean
  /** A view of more groups falls behind. */
  readonly groupsMax: number
}

/** What an answer depends on that reads a live view. */
export interface ViewDependencies {
  readonly streams: readonly string[]
  /** Whether it changes as time goes on, without any event. */
  readonly isVolatile: boolean
}

/** Between two interrupts of what has not given up yet. */
const interruptEveryMs = 50
/** Recent parts are put to the others when they are so many, and this share of them. */
const recentRowsMax = 50_000
const recentShareMax = 0.25
const countedRowsMax = 200_000

let tablesMade = 0

/** Where statements find the live views of analysts. */
export const liveSchema = 'live'
/** Where views stand that only make live statements quick. */
export const keptSchema = 'kept'

/**
 * Live views. Each is kept as parts of its aggregates up to the offsets of one snapshot of the lake; what a reader gets is
 * made of those and of the rows that came since, files and tail, in one statement. So it is exact at every instant, while
 * it is worked out for the first time as well, and all that the keeping does is to make it quick.
 */
export class ViewTables {
  readonly #parts: ViewTablesParts
  readonly #views = new Map<string, KeptView>()
  #work: Promise<void> = Promise.resolve()
  readonly #due = new Set<string>()
  /** Whose parts the worker is at. */
  #making: KeptView | undefined

  constructor(parts: ViewTablesParts) {
    this.#parts = parts
  }

  static async prepare(connection: DuckDBConnection): Promise<void> {
    const schemas = [liveSchema, keptSchema, 'view_parts']
    await connection.run(schemas.map(schema => `CREATE SCHEMA ${schema}`).join('; '))
    await connection.run(listSql([]))
  }

  /** Whether the parts of a view have been worked out, and are taken further as the lake grows. */
  isKept(name: string): boolean {
    const view = this.#views.get(name)
    return view !== undefined && view.positions.size > 0 && view.problem === undefined
  }

  /** Undefined when there is no such view. */
  dependenciesOf(name: string): ViewDependencies | undefined {
    const plan = this.#views.get(name)?.plan
    if (plan === undefined) return undefined
    return { streams: [plan.stream, ...plan.dimensions], isVolatile: plan.isKept !== undefined }
  }

  /**
   * Makes a view, in place of one of its name. To be called as a change.
   * @throws Failure `sql-…` or `view-not-mergeable`
   */
  async add(definition: ViewDefinition): Promise<void> {
    const { writer, streams, functions } = this.#parts
    const { name, sql, retention } = definition
    const before = this.#views.get(name)
    if (before?.definition.id === definition.id) return
    const plan = await planView(sql, { connection: writer, functions, streams, retention })
    const view: KeptView = {
      definition,
      plan,
      base: newName(name),
      recent: newName(name),
      positions: new Map(),
      files: new Set(),
      rows: 0,
      problem: undefined,
    }
    const { columns, rowsTable } = this.#parts.sourceOf(plan.stream)
    const none = plan.partialSql(`SELECT ${columns} FROM ${rowsTable} WHERE false`)
    await inTransaction(writer, async () => {
      if (before) await this.#dropTables(before)
      for (const table of [view.base, view.recent]) {
        await writer.run(`CREATE TABLE ${parts(table)} AS ${plan.mergedSql(none)}`)
      }
      await this.#publish(view)
      await this.#publishList(
        [...this.#views.values()].filter(each => each !== before).concat(view),
      )
    })
    this.#views.set(name, view)
    if (before) this.#giveUp(before)
    this.#advanceSoon(name)
  }

  /** To be called as a change. */
  async remove(name: string): Promise<void> {
    const { writer } = this.#parts
    const view = this.#views.get(name)
    if (view === undefined) return
    await inTransaction(writer, async () => {
      await writer.run(`DROP VIEW ${this.#nameOf(view)}`)
      await this.#dropTables(view)
      await this.#publishList([...this.#views.values()].filter(each => each !== view))
    })
    this.#views.delete(name)
    this.#giveUp(view)
  }

  /** Within the transaction that gives a stream another snapshot. */
  async sourceChanged(stream: string): Promise<void> {
    const views = [...this.#views.values()]
    for (const view of views) if (view.plan.stream === stream) await this.#publish(view)
    await this.#publishList(views)
  }

  /** After that transaction. */
  snapshotApplied(stream: string): void {
    for (const [name, { plan }] of this.#views) {
      if (plan.stream === stream) this.#advanceSoon(name)
    }
  }

  #advanceSoon(name: string): void {
    if (this.#due.has(name)) return
    this.#due.add(name)
    this.#work = this.#work.then(async () => {
      this.#due.delete(name)
      const view = this.#views.get(name)
      if (view === undefined) return
      try {
        await this.#advance(view)
      } catch (error) {
        await this.#fellBehind(view, error)
      }
    })
  }

  /** Statements go on over the parts as they were, and all that came since. */
  async #fellBehind(view: KeptView, error: unknown): Promise<void> {
    const { change, onProblem } = this.#parts
    const { name } = view.definition
    // One that was replaced or dropped meanwhile is no problem.
    if (this.#views.get(name) !== view) return
    onProblem(name, error)
    view.problem = messageOf(error)
    await change(() => this.#publishList([...this.#views.values()]))
  }

  /** Stops what is worked out for a view that is not there any more. On a statement that is about to begin it is lost. */
  #giveUp(view: KeptView): void {
    if (this.#making !== view) return
    this.#parts.worker.interrupt()
    setTimeout(() => this.#giveUp(view), interruptEveryMs)
  }

  #throwIfGone(view: KeptView): void {
    if (this.#views.get(view.definition.name) !== view) throw new Error('the view was replaced')
  }

  /** Takes what the newest snapshot holds into the parts. */
  async #advance(view: KeptView): Promise<void> {
    const { worker, isListed } = this.#parts
    const { plan } = view
    const source = this.#parts.sourceOf(plan.stream)
    const newFiles = source.files.filter(file => !view.files.has(file))
    if (newFiles.length === 0) return
    if (!source.isHere) throw new Error(notHere(plan.stream))
    const made: string[] = []
    try {
      const recent = await this.#make(
        made,
        view,
        `FROM ${parts(view.recent)} UNION ALL ${plan.partialSql(
          `${source.scan(newFiles)} WHERE ${source.isAtOrAbove(view.positions)}`,
        )}`,
      )
      let base = { table: view.base, rows: await this.#count(view.base) }
      const isFirst = view.positions.size === 0
      const isLarge = recent.rows > Math.max(recentRowsMax, recentShareMax * base.rows)
      if (isFirst || isLarge) {
        const kept = plan.isKept === undefined ? '' : `WHERE ${plan.isKept}`
        const all = `FROM ${parts(base.table)} UNION ALL FROM ${parts(recent.table)}`
        base = await this.#make(made, view, `FROM (${all}) ${kept}`)
        await worker.run(`DELETE FROM ${parts(recent.table)}`)
      }
      const tables = { base: base.table, recent: recent.table }
      const isDue = base.table !== view.base || base.rows + recent.rows <= countedRowsMax
      const rows = isListed && isDue ? await this.#countRows(plan, tables) : view.rows
      const { committed: positions } = source
      const next = {
        ...tables,
        positions,
        rows,
        files: new Set(source.files),
        problem: undefined,
      }
      await this.#parts.change(() => this.#replace(view, next))
    } catch (error) {
      for (const table of made) await worker.run(`DROP TABLE IF EXISTS ${parts(table)}`)
      throw error
    }
  }

  /** Puts a view on other parts, unless it is not there any more. */
  async #replace(view: KeptView, changes: Partial<KeptView>): Promise<void> {
    this.#throwIfGone(view)
    const next = { ...view, ...changes }
    const gone = [view.base, view.recent].filter(table => ![next.base, next.recent].includes(table))
    await inTransaction(this.#parts.writer, async () => {
      for (const table of gone) await this.#parts.writer.run(`DROP TABLE ${parts(table)}`)
      await this.#publish(next)
      await this.#publishList([...this.#views.values()].map(each => (each === view ? next : each)))
    })
    Object.assign(view, changes)
  }

  /** @throws Failure `view-not-mergeable` when there are too many groups */
  async #make(
    made: string[],
    view: KeptView,
    source: string,
  ): Promise<{ readonly table: string; readonly rows: number }> {
    const { worker, groupsMax } = this.#parts
    this.#throwIfGone(view)
    const table = newName(view.definition.name)
    made.push(table)
    const limit = Number.isFinite(groupsMax) ? `LIMIT ${groupsMax + 1}` : ''
    this.#making = view
    try {
      await worker.run(`CREATE TABLE ${parts(table)} AS ${view.plan.mergedSql(source)} ${limit}`)
    } finally {
      this.#making = undefined
    }
    const rows = await this.#count(table)
    if (rows > groupsMax) throw refusal('It has too many groups.', view.definition.sql)
    return { table, rows }
  }

  /** How many rows a reader gets, before any join. */
  async #countRows(
    { keys }: ViewPlan,
    { base, recent }: { readonly base: string; readonly recent: string },
  ): Promise<number> {
    if (keys.length === 0) return 1
    const names = keys.map(identifier).join(', ')
    const all = `FROM ${parts(base)} UNION ALL FROM ${parts(recent)}`
    const read = await this.#parts.worker.runAndReadAll(
      `SELECT count(*)::DOUBLE FROM (SELECT ${names} FROM (${all}) GROUP BY ${names})`,
    )
    return Number(read.getRowsJS()[0]?.[0])
  }

  async #count(table: string): Promise<number> {
    const read = await this.#parts.worker.runAndReadAll(
      `SELECT count(*)::DOUBLE FROM ${parts(table)}`,
    )
    return Number(read.getRowsJS()[0]?.[0])
  }

  async #publish(view: KeptView): Promise<void> {
    const { writer } = this.#parts
    const { plan, positions, files } = view
    const source = this.#parts.sourceOf(plan.stream)
    const newFiles = source.files.filter(file => !files.has(file))
    const isNew = source.isAtOrAbove(positions)
    const isMissing = newFiles.length > 0 && !source.isHere
    const rows = [
      ...(newFiles.length === 0 || isMissing ? [] : [`${source.scan(newFiles)} WHERE ${isNew}`]),
      `SELECT ${source.columns} FROM ${source.rowsTable} WHERE ${isNew}`,
    ]
    const sources = [
      `FROM ${parts(view.base)}`,
      `FROM ${parts(view.recent)}`,
      plan.partialSql(rows.join(' UNION ALL ')),
    ]
    const final = plan.finalSql(sources.join(' UNION ALL '))
    const refusal = `FROM (${final}) WHERE (SELECT error(${literal(notHere(plan.stream))})) IS NULL`
    const sql = isMissing ? refusal : final
    await writer.run(`CREATE OR REPLACE VIEW ${this.#nameOf(view)} AS ${sql}`)
  }

  async #publishList(views: readonly KeptView[]): Promise<void> {
    if (!this.#parts.isListed) return
    const entries = views.map(({ definition, plan, problem, rows, files }) => {
      const isComplete = this.#parts.sourceOf(plan.stream).files.every(file => files.has(file))
      const { stream, columns } = plan
      return {
        name: definition.name,
        sql: definition.sql,
        stream,
        columns,
        isComplete,
        problem,
        rows,
      }
    })
    await this.#parts.writer.run(listSql(entries))
  }

  #nameOf({ definition }: KeptView): string {
    return `${this.#parts.schema}.${identifier(definition.name)}`
  }

  async #dropTables({ base, recent }: KeptView): Promise<void> {
    for (const table of [base, recent]) await this.#parts.writer.run(`DROP TABLE ${parts(table)}`)
  }
}

function notHere(stream: string): string {
  return `The history of ${stream} is larger than what is kept on this machine: set MILLRACE_LAKE_CACHE_GB higher.`
}

function parts(table: string): string {
  return `view_parts.${identifier(table)}`
}

function newName(view: string): string {
  invariant(view !== '', 'a view has a name')
  return `${view} ${++tablesMade}`
}
