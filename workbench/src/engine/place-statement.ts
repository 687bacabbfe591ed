import { changesDefinitions } from '../../../backend/contract/definition-statement.ts'
import type { CellEngine } from '../../../backend/contract/notebook-format.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import { asItIs, type InlinedStatement, inlineCells, type NamedStatement } from './inline-cells.ts'
import { namedRelations } from './named-relations.ts'

/** A cell whose result other cells can read by its name. */
export interface ReadableCell extends NamedStatement {
  readonly engine: CellEngine
}

/** What statements of a notebook can name. */
export interface NamedSources {
  readonly cells: readonly ReadableCell[]
  /** Files that were dropped into the notebook. */
  readonly files: readonly string[]
  /** Whether the server has a table of this name. */
  hasTable(path: readonly string[]): boolean
}

/** Where a statement runs, and why. */
export type Placement = ServerPlacement | BrowserPlacement | RefusedPlacement

export interface ServerPlacement {
  readonly is: 'server'
  readonly engine: 'auto' | 'server' | 'spark'
  /** Names of the cells whose statements are a part of it. */
  readonly cells: readonly string[]
  /** The statement with those of the cells that it reads. */
  readonly inlined: InlinedStatement
  /** Empty where the server says it. */
  readonly reason: string
}

export interface BrowserPlacement {
  readonly is: 'browser'
  /** Names of the cells whose results it reads. */
  readonly cells: readonly string[]
  readonly files: readonly string[]
  /** Tables of the server that have to be fetched. */
  readonly tables: readonly (readonly string[])[]
  readonly reason: string
  /** Where it can run instead. */
  readonly otherwise: ServerPlacement | null
}

export interface RefusedPlacement {
  readonly is: 'refused'
  readonly problem: Problem
}

/** Chooses where a cell's statement runs: where what it reads is. */
export function placeStatement(cell: ReadableCell, sources: NamedSources): Placement {
  const reads = new Reads(cell, sources)
  if (reads.circle) return refused(reads.circle, 'Let one of them read something else.')
  if (cell.engine === 'browser') return inBrowser(reads, null)
  const onServer = reads.localReason === null ? inServer(reads, cell) : null
  if (cell.engine === 'spark' || cell.engine === 'server') {
    return onServer ?? refusedThere(cell.engine, reads)
  }
  if (onServer && (reads.cells.length === 0 || reads.others.length > 0)) return onServer
  return inBrowser(reads, onServer)
}

/** What a statement reads, and what the cells that it reads read. */
class Reads {
  /** Cells, files and tables that it names itself, as they are called. */
  readonly cells: readonly ReadableCell[]
  readonly files: readonly string[]
  readonly tables: readonly (readonly string[])[]
  /** Names of its own that are no cells and no files. */
  readonly others: readonly (readonly string[])[]
  /** Its cells and theirs, each after those that it reads. */
  readonly allCells: readonly ReadableCell[]
  readonly circle: string | null
  /** Why it cannot run elsewhere than in the browser. */
  readonly localReason: string | null

  constructor(cell: ReadableCell, sources: NamedSources) {
    const own = readsOf(cell, sources)
    this.cells = own.cells
    this.files = own.files
    this.others = own.others
    this.tables = own.others.filter(path => sources.hasTable(path))
    const ordered: ReadableCell[] = []
    const path: ReadableCell[] = [cell]
    let circle: string | null = null
    let local = own.files[0] === undefined ? null : fileReason(own.files[0])
    const visit = (inner: ReadableCell): void => {
      if (path.some(({ name }) => isSame(name, inner.name))) {
        circle ??= `${path.map(({ name }) => name).join(', ')} read one another in a circle.`
        return
      }
      if (ordered.includes(inner)) return
      const reads = readsOf(inner, sources)
      if (reads.files[0] !== undefined) local ??= fileReason(reads.files[0])
      if ((inner.engine === 'spark') !== (cell.engine === 'spark')) local ??= sparkReason(inner)
      path.push(inner)
      for (const next of reads.cells) visit(next)
      path.pop()
      ordered.push(inner)
    }
    for (const inner of own.cells) visit(inner)
    this.allCells = ordered
    this.circle = circle
    this.localReason = local
  }
}

/** A cell that has the name of a table of the server is read by nobody: the table is. */
function readsOf(
  cell: ReadableCell,
  sources: NamedSources,
): { cells: ReadableCell[]; files: string[]; others: string[][] } {
  const cells = new Set<ReadableCell>()
  const files = new Set<string>()
  const others = new Map<string, string[]>()
  for (const path of namedRelations(cell.sql)) {
    const [name = '', more] = path
    const isLocal = more === undefined && !sources.hasTable(path)
    const file = isLocal ? sources.files.find(each => isSame(each, name)) : undefined
    const other = isLocal
      ? sources.cells.find(each => isSame(each.name, name) && !isSame(each.name, cell.name))
      : undefined
    if (file !== undefined) files.add(file)
    else if (other && !changesDefinitions(other.sql)) cells.add(other)
    else others.set(path.join('\0').toLowerCase(), path)
  }
  return { cells: [...cells], files: [...files], others: [...others.values()] }
}

function inServer(reads: Reads, cell: ReadableCell): ServerPlacement {
  const { allCells } = reads
  const engine = cell.engine === 'browser' ? 'server' : cell.engine
  if (allCells.length === 0) {
    return { is: 'server', engine, cells: [], inlined: asItIs(cell.sql), reason: '' }
  }
  const cells = allCells.map(({ name }) => name)
  const verb = allCells.length === 1 ? 'runs' : 'run'
  return {
    is: 'server',
    engine,
    cells,
    inlined: inlineCells(cell.sql, allCells),
    reason: `${cells.join(', ')} ${verb} as a part of it, on one state of the data`,
  }
}

function inBrowser(
  { cells, files, tables }: Reads,
  otherwise: ServerPlacement | null,
): BrowserPlacement {
  const here = [...files, ...cells.map(({ name }) => name)]
  const verb = here.length === 1 ? 'is' : 'are'
  const parts = [
    ...(here.length > 0 ? [`${here.join(', ')} ${verb} here already`] : []),
    ...(tables.length > 0 ? [`${tables.map(path => path.join('.')).join(', ')} fetched`] : []),
  ]
  return {
    is: 'browser',
    cells: cells.map(({ name }) => name),
    files,
    tables,
    reason: parts.length > 0 ? parts.join('; ') : 'it reads no table',
    otherwise,
  }
}

function refusedThere(engine: 'server' | 'spark', { localReason }: Reads): RefusedPlacement {
  const place = engine === 'spark' ? 'on Spark' : 'on the server'
  return refused(
    `The statement cannot run ${place}: ${localReason}.`,
    'Let Millrace choose where it runs.',
  )
}

function fileReason(file: string): string {
  return `${file} is a file that only this browser has`
}

function sparkReason({ name, engine }: ReadableCell): string {
  return engine === 'spark' ? `${name} is written for Spark` : `${name} is written for DuckDB`
}

function refused(detail: string, hint: string): RefusedPlacement {
  return {
    is: 'refused',
    problem: {
      type: 'about:blank',
      title: 'The statement cannot run as it is',
      status: 0,
      code: 'page',
      detail,
      hint,
      retryable: false,
    },
  }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
