import type { DuckDBConnection } from '@duckdb/node-api'
import { inTransaction } from '../../base/duckdb.ts'
import { invariant } from '../../base/invariant.ts'
import { identifier, literal } from '../../base/sql.ts'
import type { ViewDefinition } from '../../live/view-store.ts'
import type { StreamSource } from '../union-tables.ts'
import { planView, type ViewPlan } from './view-plan.ts'

interface KeptView {
  readonly definition: ViewDefinition
  readonly plan: ViewPlan
  /** Most of the parts, and those that came since: names of tables in the schema `view_parts`. */
  base: string
  recent: string
  /** Partition → the first offset that the parts do not hold. */
  positions: ReadonlyMap<number, number>
  /** Whether the parts hold the history. */
  isComplete: boolean
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
  /** Columns of each stream. */
  readonly streams: ReadonlyMap<string, readonly string[]>
  /** Runs a change of what statements see when no other is under way. */
  change(work: () => Promise<void>): Promise<void>
  onProblem(view: string, error: unknown): void
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

let tablesMade = 0

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

  constructor(parts: ViewTablesParts) {
    this.#parts = parts
  }

  static async prepare(connection: DuckDBConnection): Promise<void> {
    await connection.run('CREATE SCHEMA live; CREATE SCHEMA view_parts')
    await connection.run(listSql([]))
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
    const { writer, streams } = this.#parts
    if (this.#views.get(definition.name)?.definition.id === definition.id) return
    const { sql, retention } = definition
    const plan = await planView(sql, { connection: writer, streams, retention })
    const view: KeptView = {
      definition,
      plan,
      base: newName(definition.name),
      recent: newName(definition.name),
      positions: new Map(),
      isComplete: false,
      rows: 0,
      files: new Set(),
    }
    const { columns, rowsTable } = this.#parts.sourceOf(plan.stream)
    const none = plan.partialSql(`SELECT ${columns} FROM ${rowsTable} WHERE false`)
    await inTransaction(writer, async () => {
      await this.#forget(definition.name)
      for (const table of [view.base, view.recent]) {
        await writer.run(`CREATE TABLE ${parts(table)} AS ${plan.mergedSql(none)}`)
      }
      await this.#publish(view)
    })
    this.#views.set(definition.name, view)
    this.#advanceSoon(definition.name)
  }

  /** To be called as a change. */
  async remove(name: string): Promise<void> {
    await inTransaction(this.#parts.writer, () => this.#forget(name))
    this.#views.delete(name)
  }

  /** Within the transaction that gives a stream another snapshot. */
  async sourceChanged(stream: string): Promise<void> {
    for (const view of this.#views.values()) {
      if (view.plan.stream === stream) await this.#publish(view)
    }
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
        // One that was replaced or dropped meanwhile is no problem.
        if (this.#views.get(name) === view) this.#parts.onProblem(name, error)
      }
    })
  }

  /** Takes what the newest snapshot holds into the parts. */
  async #advance(view: KeptView): Promise<void> {
    const { worker } = this.#parts
    const { plan } = view
    const source = this.#parts.sourceOf(plan.stream)
    const newFiles = source.files.filter(file => !view.files.has(file))
    if (newFiles.length === 0) {
      if (!view.isComplete)
        await this.#parts.change(() => this.#replace(view, { isComplete: true }))
      return
    }
    const made: string[] = []
    try {
      const recent = await this.#make(
        made,
        view,
        `FROM ${parts(view.recent)} UNION ALL ${plan.partialSql(
          `${source.scan(newFiles)} WHERE ${source.isAtOrAbove(view.positions)}`,
        )}`,
      )
      let { base } = view
      if (await this.#isFoldDue(view, recent)) {
        const kept = plan.isKept === undefined ? '' : `WHERE ${plan.isKept}`
        const all = `FROM ${parts(base)} UNION ALL FROM ${parts(recent)}`
        base = await this.#make(made, view, `FROM (${all}) ${kept}`)
        await worker.run(`DELETE FROM ${parts(recent)}`)
      }
      const rows = await this.#countRows(view, base, recent)
      const { committed: positions } = source
      const files = new Set(source.files)
      const next = { base, recent, positions, rows, files, isComplete: true }
      await this.#parts.change(() => this.#replace(view, next))
    } catch (error) {
      for (const table of made) await worker.run(`DROP TABLE IF EXISTS ${parts(table)}`)
      throw error
    }
  }

  /** Puts a view on other parts, unless there is another view of its name by now. */
  async #replace(view: KeptView, changes: Partial<KeptView>): Promise<void> {
    if (this.#views.get(view.definition.name) !== view) throw new Error('the view was replaced')
    const next = { ...view, ...changes }
    const old = [view.base, view.recent].filter(table => ![next.base, next.recent].includes(table))
    await inTransaction(this.#parts.writer, async () => {
      for (const table of old) await this.#parts.writer.run(`DROP TABLE ${parts(table)}`)
      await this.#publish(next)
    })
    Object.assign(view, changes)
  }

  async #make(made: string[], view: KeptView, source: string): Promise<string> {
    const table = newName(view.definition.name)
    made.push(table)
    await this.#parts.worker.run(`CREATE TABLE ${parts(table)} AS ${view.plan.mergedSql(source)}`)
    return table
  }

  async #isFoldDue(view: KeptView, recent: string): Promise<boolean> {
    const count = await this.#count(recent)
    if (view.positions.size === 0) return true
    return count > recentRowsMax && count > recentShareMax * (await this.#count(view.base))
  }

  async #countRows(view: KeptView, base: string, recent: string): Promise<number> {
    const count = (await this.#count(base)) + (await this.#count(recent))
    if (base === view.base && count > countedRowsMax) return view.rows
    const { keys } = view.plan
    if (keys.length === 0) return 1
    const names = keys.map(identifier).join(', ')
    const read = await this.#parts.worker.runAndReadAll(
      `SELECT count(*)::DOUBLE FROM (SELECT ${names} FROM (FROM ${parts(base)} UNION ALL FROM ${parts(recent)})
       GROUP BY ${names})`,
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
    const { definition, plan, positions, files } = view
    const source = this.#parts.sourceOf(plan.stream)
    const newFiles = source.files.filter(file => !files.has(file))
    const isNew = source.isAtOrAbove(positions)
    const rows = [
      ...(newFiles.length === 0 ? [] : [`${source.scan(newFiles)} WHERE ${isNew}`]),
      `SELECT ${source.columns} FROM ${source.rowsTable} WHERE ${isNew}`,
    ]
    const sources = [
      `FROM ${parts(view.base)}`,
      `FROM ${parts(view.recent)}`,
      plan.partialSql(rows.join(' UNION ALL ')),
    ]
    const name = identifier(definition.name)
    await writer.run(
      `CREATE OR REPLACE VIEW live.${name} AS ${plan.finalSql(sources.join(' UNION ALL '))}`,
    )
    const others = [...this.#views.values()].filter(
      other => other.definition.name !== definition.name,
    )
    await writer.run(listSql([...others, view]))
  }

  async #forget(name: string): Promise<void> {
    const { writer } = this.#parts
    const view = this.#views.get(name)
    if (view === undefined) return
    await writer.run(`DROP VIEW live.${identifier(name)}`)
    await writer.run(listSql([...this.#views.values()].filter(other => other !== view)))
    for (const table of [view.base, view.recent]) await writer.run(`DROP TABLE ${parts(table)}`)
  }
}

/** What `SHOW LIVE VIEWS` reads. */
function listSql(views: readonly KeptView[]): string {
  const rows = views.map(({ definition, plan, isComplete, rows }) => {
    const texts = [
      definition.name,
      plan.stream,
      definition.sql.trim(),
      JSON.stringify(plan.columns),
    ]
    return `(${[...texts.map(literal), isComplete, rows].join(', ')})`
  })
  const none = `(NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, false, 0)`
  return `CREATE OR REPLACE VIEW millrace.live_views AS
    SELECT name, stream, is_complete, rows::BIGINT AS rows, statement, columns
    FROM (VALUES ${[none, ...rows].join(', ')}) AS view(name, stream, statement, columns, is_complete, rows)
    WHERE name IS NOT NULL`
}

function parts(table: string): string {
  return `view_parts.${identifier(table)}`
}

function newName(view: string): string {
  invariant(view !== '', 'a view has a name')
  return `${view} ${++tablesMade}`
}
