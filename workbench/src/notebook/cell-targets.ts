import {
  cellBody,
  cellEngine,
  cellName,
  isKeptLive,
  type NotebookCell,
  type SqlCell,
} from '../../../backend/contract/notebook-format.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import { ProblemError, problemOf } from '../api-client/problem-error.ts'
import type { QueryClient } from '../api-client/query-client.ts'
import type { Readable } from '../base/store.ts'
import type { CatalogStore } from '../catalog/catalog-store.ts'
import type { DataAge } from '../cell/data-age.ts'
import { type CellRun, isBusy, type ShownResult } from '../cell/run-state.ts'
import type { RunTarget } from '../cell/run-target.ts'
import { SqlCatalog } from '../editor/sql-catalog.ts'
import type { BrowserEngine, NamedTable } from '../engine/browser-engine.ts'
import { asItIs } from '../engine/inline-cells.ts'
import { tableOfResult } from '../engine/local-table.ts'
import { neededColumns } from '../engine/needed-columns.ts'
import {
  type BrowserPlacement,
  type NamedSources,
  type Placement,
  placeStatement,
  type ReadableCell,
  type ServerPlacement,
} from '../engine/place-statement.ts'
import { isWhole, partText, type Result } from '../result/result.ts'
import { type DroppedFile, tableOfFile } from '../sources/dropped-file.ts'
import type { MeaningOf } from './cell-names.ts'
import type { FetchedTable, FetchedTables } from './fetched-tables.ts'
import type { WatchedInput } from './input-watch.ts'

export interface TargetParts {
  readonly queries: QueryClient
  readonly engine: BrowserEngine
  readonly catalog: CatalogStore
  readonly fetched: FetchedTables
}

/** What a notebook tells of its cells. */
export interface NotebookCells {
  cells(): readonly NotebookCell[]
  files(): readonly DroppedFile[]
  runOf(name: string): Readable<CellRun>
  /** Runs a cell whose result another one reads. */
  runCell(name: string): void
}

/** A target, and the results of other cells that it reads. */
export interface ChosenTarget {
  readonly target: RunTarget
  readonly inputs: readonly WatchedInput[]
}

/** Of streams and tables of the lake: a live view may be another one under the same name. */
const keptSchemas = ['', 'lake']

/** Chooses where a notebook's statements run, and brings what they read to where they do. */
export class CellTargets {
  private readonly parts: TargetParts
  private readonly notebook: NotebookCells

  constructor(parts: TargetParts, notebook: NotebookCells) {
    this.parts = parts
    this.notebook = notebook
  }

  placementOf(cell: SqlCell): Placement {
    return placeStatement(readable(cell), this.sources())
  }

  /** What a name means where no cell has it: a table of the server, a file of the notebook. */
  meaningOf(name: string): ReturnType<MeaningOf> {
    const { files, hasTable } = this.sources()
    if (files.some(file => file.toLowerCase() === name.toLowerCase())) return 'file'
    if (hasTable([name])) return 'table'
    return this.isCatalogKnown() ? null : 'unknown'
  }

  readsFile(cell: SqlCell, file: string): boolean {
    const placement = this.placementOf(cell)
    return placement.is === 'browser' && placement.files.includes(file)
  }

  /** Waits for the cells that the statement reads, and runs those that have no result. */
  async choose(cell: SqlCell, signal: AbortSignal): Promise<ChosenTarget> {
    const placement = await this.knownPlacement(cell, signal)
    if (placement.is === 'refused') throw new ProblemError(placement.problem)
    if (placement.is === 'server') return { target: this.serverTarget(placement), inputs: [] }
    return this.inBrowser(cellBody(cell), placement, signal)
  }

  /** The statement as the server is asked it, with the cells that it reads; null when it cannot be. */
  onServer(cell: SqlCell): ServerPlacement['inlined'] | null {
    return this.serverPlacement(cell)?.inlined ?? null
  }

  /** Whether the statement that the server is asked holds that of another cell. */
  inlines(cell: SqlCell, other: SqlCell): boolean {
    const name = cellName(other)
    return name !== null && (this.serverPlacement(cell)?.cells.includes(name) ?? false)
  }

  /** The statement as the server keeps it current. Throws a `ProblemError` when it cannot. */
  liveStatement(cell: SqlCell): ServerPlacement['inlined'] {
    const placement = this.placementOf(cell)
    if (placement.is === 'server') return placement.inlined
    if (placement.is === 'refused') throw new ProblemError(placement.problem)
    if (placement.otherwise) return placement.otherwise.inlined
    throw refusal(
      'What runs in the browser is not kept live by the server.',
      'Switch Live off: the cell runs again by itself when a cell that it reads changes.',
    )
  }

  private serverPlacement(cell: SqlCell): ServerPlacement | null {
    const placement = this.placementOf(cell)
    if (placement.is === 'server') return placement
    return placement.is === 'browser' ? placement.otherwise : null
  }

  /** Why the server cannot keep a cell current; null when it can. */
  whyNotLive(cell: SqlCell): Problem | null {
    if (!isKeptLive(cellEngine(cell))) {
      return refusal(
        'What runs on Spark or in the browser is not kept live by the server.',
        'Let the cell run where the planner chooses.',
      ).problem
    }
    try {
      this.liveStatement(cell)
      return null
    } catch (error) {
      return problemOf(error)
    }
  }

  /** What is not on the server for certain is placed when it is known what is. */
  private async knownPlacement(cell: SqlCell, signal: AbortSignal): Promise<Placement> {
    const placement = this.placementOf(cell)
    if (placement.is === 'server' || this.isCatalogKnown()) return placement
    await until(this.parts.catalog.view, () => this.isCatalogKnown(), signal)
    return this.placementOf(cell)
  }

  /** Or known not to be had. */
  private isCatalogKnown(): boolean {
    const { catalog, problem } = this.parts.catalog.view.get()
    return catalog !== null || problem !== null
  }

  private sources(): NamedSources {
    const { catalog } = this.parts.catalog.view.get()
    const known = catalog && SqlCatalog.of(catalog)
    return {
      cells: this.notebook.cells().flatMap(cell => (cell.kind === 'sql' ? [readable(cell)] : [])),
      files: this.notebook.files().map(({ name }) => name),
      hasTable: path => Boolean(known?.table(path)),
    }
  }

  private serverTarget({ engine, inlined, reason }: ServerPlacement): RunTarget {
    const place = engine === 'spark' ? 'spark' : 'server'
    const { queries } = this.parts
    return { queries, place, engine, statement: inlined, reason, age: null, otherwise: null }
  }

  private async inBrowser(
    sql: string,
    placement: BrowserPlacement,
    signal: AbortSignal,
  ): Promise<ChosenTarget> {
    const otherwise = placement.otherwise && this.serverTarget(placement.otherwise)
    const inputs: WatchedInput[] = []
    const tables: NamedTable[] = []
    const ages: DataAge[] = []
    // Cells can have other names by the time that they have a result.
    const cells = placement.cells.map(name => ({ name, run: this.notebook.runOf(name) }))
    for (const { name, run } of cells) {
      const { result, age } = await this.resultOf(name, run, signal)
      if (!isWhole(result)) {
        if (otherwise) return { target: tooLarge(name, result, otherwise), inputs: [] }
        throw refusal(
          `Only the first ${partText(result)} of ${name} are here.`,
          `Aggregate or filter in ${name}, so that all of its rows fit this page.`,
        )
      }
      inputs.push({ run, result })
      tables.push({ path: [name], table: tableOfResult(result) })
      if (age) ages.push(age)
    }
    for (const { name, file } of this.notebook.files()) {
      if (placement.files.includes(name)) tables.push({ path: [name], table: tableOfFile(file) })
    }
    for (const path of placement.tables) {
      const { table, age } = await this.fetchTable(sql, path, signal)
      tables.push({ path, table })
      if (age) ages.push(age)
    }
    const { reason } = placement
    const queries = this.parts.engine.clientFor({ tables, reason })
    const age = ages.toSorted((a, b) => bornAt(a) - bornAt(b))[0] ?? null
    const statement = asItIs(sql)
    const target = { queries, statement, reason, age, otherwise }
    return { target: { ...target, place: 'browser', engine: 'auto' }, inputs }
  }

  /** The result of a cell as its statement stands now. */
  private async resultOf(
    name: string,
    run: Readable<CellRun>,
    signal: AbortSignal,
  ): Promise<ShownResult> {
    const sqlOf = (): string => this.cellNamed(name)
    const isThere = ({ phase, shown }: CellRun): boolean =>
      phase.is === 'done' && shown?.sql === sqlOf()
    if (!isThere(run.get()) && !isUnderWay(run.get(), sqlOf())) this.notebook.runCell(name)
    await until(run, () => !isUnderWay(run.get(), sqlOf()), signal)
    const { phase, shown } = run.get()
    if (phase.is === 'failed') {
      throw refusal(`${name} has failed: ${phase.problem.detail}`, `Mend ${name} first.`)
    }
    if (!shown || !isThere(run.get())) {
      throw refusal(`${name} has no result.`, `Run ${name} first.`)
    }
    return shown
  }

  private cellNamed(name: string): string {
    const cell = this.notebook.cells().find(each => cellName(each) === name)
    return cell ? cellBody(cell) : ''
  }

  /** The columns of a table of the server that a statement reads, with all rows. */
  private fetchTable(
    sql: string,
    path: readonly string[],
    signal: AbortSignal,
  ): Promise<FetchedTable> {
    const { catalog } = this.parts.catalog.view.get()
    const table = catalog && SqlCatalog.of(catalog).table(path)
    const names = table?.columns.map(({ name }) => name) ?? []
    const isKept = keptSchemas.includes(table?.schema ?? 'unknown')
    const wanted = { path, columns: neededColumns(sql, path, names), isKept }
    return this.parts.fetched.fetch(wanted, signal)
  }
}

function readable(cell: SqlCell): ReadableCell {
  return { name: cellName(cell) ?? '', sql: cellBody(cell), engine: cellEngine(cell) }
}

function isUnderWay(run: CellRun, sql: string): boolean {
  return isBusy(run) && run.sql === sql
}

function until(
  changing: Readable<unknown>,
  isTrue: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = changing.subscribe(() => check())
    const check = (): void => {
      if (!signal.aborted && !isTrue()) return
      end()
      signal.removeEventListener('abort', check)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    }
    signal.addEventListener('abort', check)
    check()
  })
}

function bornAt({ receivedAt, ageMs }: DataAge): number {
  return receivedAt - ageMs
}

function tooLarge(name: string, { rows }: Result, target: RunTarget): RunTarget {
  const held = rows.toLocaleString('en')
  return { ...target, reason: `${name} has more rows than the ${held} that this page holds` }
}

function refusal(detail: string, hint: string): ProblemError {
  const title = 'The statement cannot run as it is'
  return new ProblemError({
    ...{ type: 'about:blank', title, status: 0, code: 'page', detail, hint, retryable: false },
  })
}
