import type { DuckDBConnection } from '@duckdb/node-api'
import { inTransaction } from '../../base/duckdb.ts'
import { messageOf } from '../../base/failure.ts'
import { identifier } from '../../base/sql.ts'
import type { TableFile } from '../engine-messages.ts'
import type { SqlFunctions } from '../sql-functions.ts'
import type { StreamSource } from '../union-tables.ts'
import type { HistoryFiles } from './history-files.ts'
import { heldBy, type KeptView, newFilesOf, type Taking, viewSql, withFiles } from './kept-view.ts'
import {
  allParts,
  type MadeParts,
  type MadeView,
  newPartsName,
  PartsMaker,
  partsTable,
} from './parts-maker.ts'
import { listSql } from './view-list.ts'
import { planView } from './view-plan.ts'
import type { ViewDefinition } from './view-statement.ts'

export interface ViewTablesParts {
  /** Changes what statements see. */
  readonly writer: DuckDBConnection
  /** Works out parts meanwhile. */
  readonly worker: DuckDBConnection
  /** Files of a history that is not kept here; undefined where views are not worth to be made of those. */
  readonly history: HistoryFiles | undefined
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

/** Recent parts are put to the others when they are so many, and this share of them. */
const recentRowsMax = 50_000
const recentShareMax = 0.25
const countedRowsMax = 200_000
/** Until a history is tried again that could not be fetched. */
const retryMs = 5_000

/** Where statements find the live views of analysts. */
export const liveSchema = 'live'
/** Where views stand that only make live statements quick. */
export const keptSchema = 'kept'

/**
 * Live views. Each is kept as parts of its aggregates up to the offsets of one snapshot of the lake; what a reader gets is
 * made of those and of the rows that came since, files and tail, in one statement. So it is exact at every instant, while
 * it is worked out for the first time as well, and all that the keeping does is to make it quick. Of a history that is not
 * kept on this machine nothing can be read until its files have been taken into the parts, some at a time.
 */
export class ViewTables {
  readonly #parts: ViewTablesParts
  readonly #views = new Map<string, KeptView>()
  #work: Promise<void> = Promise.resolve()
  readonly #due = new Set<string>()
  readonly #maker: PartsMaker
  /** View → the tables that views of its name have been joined with: one may be replaced between two looks of a statement. */
  readonly #joined = new Map<string, ReadonlySet<string>>()

  constructor(parts: ViewTablesParts) {
    this.#parts = parts
    const { worker, groupsMax } = parts
    const isGone = (view: MadeView): boolean => this.#views.get(view.definition.name) !== view
    this.#maker = new PartsMaker({ worker, groupsMax, isGone })
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

  /** Tables that are read by their names with the view; undefined when there is no such view. */
  joinedBy(name: string): ReadonlySet<string> | undefined {
    return this.#views.has(name) ? this.#joined.get(name) : undefined
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
    this.#joined.set(name, new Set([...(this.#joined.get(name) ?? []), ...plan.dimensions]))
    const view: KeptView = {
      definition,
      plan,
      base: newPartsName(name),
      recent: newPartsName(name),
      positions: new Map(),
      files: new Set(),
      version: undefined,
      taking: undefined,
      rows: 0,
      problem: undefined,
    }
    const { columns, rowsTable } = this.#parts.sourceOf(plan.stream)
    const none = plan.partialSql(`SELECT ${columns} FROM ${rowsTable} WHERE false`)
    await inTransaction(writer, async () => {
      if (before) await this.#dropTables(before)
      for (const table of [view.base, view.recent]) {
        await writer.run(`CREATE TABLE ${partsTable(table)} AS ${plan.mergedSql(none)}`)
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
    this.#joined.delete(name)
    this.#giveUp(view)
    this.#tellHeld(view.plan.stream)
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
    const { onProblem } = this.#parts
    const { name } = view.definition
    // One that was replaced or dropped meanwhile is no problem.
    if (this.#views.get(name) !== view) return
    // One that stays is told once, however often it is tried again.
    const problem = messageOf(error)
    if (problem !== view.problem) onProblem(name, error)
    view.problem = problem
    if (view.taking === undefined) return this.#tell(view)
    await this.#giveUpWhatIsGone(view, view.taking)
    await this.#tell(view)
    setTimeout(() => this.#advanceSoon(name), retryMs).unref()
  }

  /** A history that has been merged meanwhile may be freed before it has been read: it is begun anew then. */
  async #giveUpWhatIsGone(view: KeptView, { source, left }: Taking): Promise<void> {
    const { files } = this.#parts.sourceOf(source.stream)
    const paths = new Set(files.map(({ path }) => path))
    if (left.every(({ path }) => paths.has(path))) return
    await this.#dropTaken(view)
  }

  /** Stops what is worked out for a view that is not there any more. */
  #giveUp(view: KeptView): void {
    this.#maker.giveUp(view)
    this.#work = this.#work.then(() => this.#dropTaken(view))
  }

  async #dropTaken(view: KeptView): Promise<void> {
    const { taking } = view
    view.taking = undefined
    if (taking) await this.#maker.drop([taking.recent.table])
  }

  /** Lets statements know how far a view is. */
  async #tell(view: KeptView): Promise<void> {
    const { change, writer } = this.#parts
    await change(async () => {
      if (this.#views.get(view.definition.name) !== view) return
      await inTransaction(writer, async () => {
        await this.#publish(view)
        await this.#publishList([...this.#views.values()])
      })
    })
  }

  /** Takes what the newest snapshot holds into the parts. */
  async #advance(view: KeptView): Promise<void> {
    const { isListed } = this.#parts
    const { plan } = view
    const source = view.taking?.source ?? this.#parts.sourceOf(plan.stream)
    const newFiles = newFilesOf(view, source)
    if (newFiles.length === 0) return this.#passOver(view, source)
    const made: string[] = []
    try {
      const recent = newFiles.every(({ isHere }) => isHere)
        ? await this.#maker.make(
            view,
            withFiles(view, { source, files: newFiles, recent: view.recent }),
          )
        : await this.#takeSome(view, source, newFiles)
      // Other views have their turn before the next ones.
      if (recent === undefined) return this.#advanceSoon(view.definition.name)
      made.push(recent.table)
      let base = { table: view.base, rows: await this.#maker.count(view.base) }
      const isFirst = view.positions.size === 0
      const isLarge = recent.rows > Math.max(recentRowsMax, recentShareMax * base.rows)
      if (isFirst || isLarge) {
        const kept = plan.isKept === undefined ? '' : `WHERE ${plan.isKept}`
        const all = allParts([base.table, recent.table])
        base = await this.#maker.make(view, `FROM (${all}) ${kept}`)
        made.push(base.table)
        await this.#maker.clear(recent.table)
      }
      const tables = { base: base.table, recent: recent.table }
      const isDue = base.table !== view.base || base.rows + recent.rows <= countedRowsMax
      const rows =
        isListed && isDue ? await this.#maker.countRows(plan, Object.values(tables)) : view.rows
      await this.#moveTo(view, source, { ...tables, rows, problem: undefined })
      // What was taken file by file is a history as it was when that began.
      const isNewest = source.version === this.#parts.sourceOf(plan.stream).version
      if (!isNewest) this.#advanceSoon(view.definition.name)
    } catch (error) {
      await this.#maker.drop(made)
      throw error
    }
  }

  /** Of a snapshot whose new files are merges of older ones there is nothing to take. */
  async #passOver(view: KeptView, source: StreamSource): Promise<void> {
    if (view.version === undefined || view.version === source.version) return
    await this.#moveTo(view, source, { problem: undefined })
  }

  async #moveTo(
    view: KeptView,
    { stream, committed: positions, version, files }: StreamSource,
    changes: Partial<KeptView>,
  ): Promise<void> {
    const taken = new Set(files.map(({ path }) => path))
    const next = { ...changes, positions, version, files: taken }
    await this.#parts.change(() => this.#replace(view, next))
    this.#tellHeld(stream)
  }

  /**
   * Takes some files of a history that is not kept here. What has been taken stays when the others cannot be fetched, to go
   * on from there.
   * @returns the recent parts with all of them; undefined when more are left
   */
  async #takeSome(
    view: KeptView,
    source: StreamSource,
    newFiles: readonly TableFile[],
  ): Promise<MadeParts | undefined> {
    const { history } = this.#parts
    if (history === undefined) throw new Error('the history is not kept on this machine')
    const { recent, left } = view.taking ?? {
      recent: await this.#maker.make(view, allParts([view.recent])),
      // The newest first: they are merged soon, and then freed.
      left: newFiles.toReversed(),
    }
    view.taking = { source, recent, left }
    this.#tellHeld(source.stream)
    const taken = await history.some(source.stream, left, async files => {
      const sql = withFiles(view, { source, files, recent: recent.table })
      return { files, recent: await this.#maker.make(view, sql) }
    })
    view.taking = { source, recent: taken.recent, left: left.slice(taken.files.length) }
    view.problem = undefined
    await this.#maker.drop([recent.table])
    await this.#tell(view)
    if (view.taking.left.length > 0) return undefined
    view.taking = undefined
    return taken.recent
  }

  /** Has the files kept here that are newer than what the stream's views hold, or begin to take. */
  #tellHeld(stream: string): void {
    const held = [...this.#views.values()]
      .filter(({ plan }) => plan.stream === stream)
      .flatMap(view => heldBy(view) ?? [])
      .toSorted((a, b) => a.version - b.version)
    this.#parts.history?.hold(stream, held[0])
  }

  /** Puts a view on other parts, unless it is not there any more. */
  async #replace(view: KeptView, changes: Partial<KeptView>): Promise<void> {
    this.#maker.throwIfGone(view)
    const next = { ...view, ...changes }
    const gone = [view.base, view.recent].filter(table => ![next.base, next.recent].includes(table))
    await inTransaction(this.#parts.writer, async () => {
      for (const table of gone) await this.#parts.writer.run(`DROP TABLE ${partsTable(table)}`)
      await this.#publish(next)
      await this.#publishList([...this.#views.values()].map(each => (each === view ? next : each)))
    })
    Object.assign(view, changes)
  }

  async #publish(view: KeptView): Promise<void> {
    const { writer, sourceOf } = this.#parts
    const sql = viewSql(view, sourceOf(view.plan.stream))
    await writer.run(`CREATE OR REPLACE VIEW ${this.#nameOf(view)} AS ${sql}`)
  }

  async #publishList(views: readonly KeptView[]): Promise<void> {
    if (!this.#parts.isListed) return
    const entries = views.map(({ definition, plan, problem, rows, files }) => {
      const isComplete = this.#parts
        .sourceOf(plan.stream)
        .files.every(({ path }) => files.has(path))
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
    for (const table of [base, recent])
      await this.#parts.writer.run(`DROP TABLE ${partsTable(table)}`)
  }
}
