import { changesDefinitions } from '../../../backend/contract/definition-statement.ts'
import {
  freeCellName,
  isCellNameTaken,
  makeSqlCell,
  makeTextCell,
} from '../../../backend/contract/notebook-edit.ts'
import {
  type CellEngine,
  cellBody,
  cellName,
  frontMatterField,
  isKeptLive,
  isLiveCell,
  type NotebookCell,
  notebookTitle,
  type SqlCell,
  serialiseNotebook,
} from '../../../backend/contract/notebook-format.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { Store } from '../base/store.ts'
import { CellRunner, type RunnerParts } from '../cell/cell-runner.ts'
import type { RunTarget } from '../cell/run-target.ts'
import type { OpenDocument } from '../document/open-document.ts'
import type { FileStore } from '../sources/file-store.ts'
import { NotebookFiles } from '../sources/notebook-files.ts'
import { renamedReaders, whyNoName } from './cell-names.ts'
import { CellTargets, type TargetParts } from './cell-targets.ts'
import { InputWatch } from './input-watch.ts'
import {
  type CellId,
  cellAt,
  type NotebookEvent,
  type NotebookState,
  openNotebook,
  reduceNotebook,
} from './notebook-state.ts'

export type SessionParts = RunnerParts & TargetParts & { readonly files: FileStore }

/** What the user has in hand: the selected cell, and whether its text is edited. */
export interface NotebookFocus {
  readonly selected: CellId | null
  readonly isEditing: boolean
}

export interface DeletedCell {
  readonly id: CellId
  readonly cell: NotebookCell
  readonly index: number
}

/** A notebook while the page has it open: its cells, what they run, and what is in hand. */
export class NotebookSession {
  readonly document: OpenDocument
  /** Null until the file is here. */
  readonly state = new Store<NotebookState | null>(null)
  readonly focus = new Store<NotebookFocus>({ selected: null, isEditing: false })
  /** Files that statements of this notebook can read, in this browser alone. */
  readonly files: NotebookFiles
  private readonly parts: SessionParts
  private readonly targets: CellTargets
  private readonly runners = new Map<CellId, CellRunner>()
  private readonly watches = new Map<CellId, InputWatch>()
  private readonly deleted: DeletedCell[] = []
  private readonly stopWatching: () => void
  private cellCount = 0
  private isShown = false
  private isStarted = false

  constructor(document: OpenDocument, parts: SessionParts) {
    this.document = document
    this.parts = parts
    this.files = new NotebookFiles(document.address.name, parts.files)
    this.targets = new CellTargets(parts, {
      cells: () => this.state.get()?.notebook.cells ?? [],
      files: () => this.files.list.get(),
      runOf: name => this.runner(this.idOf(name)).run,
      runCell: name => this.run(this.idOf(name)),
    })
    this.stopWatching = document.view.subscribe(() => this.readDocument())
    void document.load()
  }

  get title(): string {
    const state = this.state.get()
    return (state && notebookTitle(state.notebook)) ?? this.document.address.name
  }

  runner(id: CellId): CellRunner {
    const runner = this.runners.get(id) ?? new CellRunner(this.parts)
    this.runners.set(id, runner)
    return runner
  }

  /** Live cells are kept current only while somebody looks. */
  show(): void {
    this.isShown = true
    void this.startCells()
  }

  hide(): void {
    this.isShown = false
    for (const runner of this.runners.values()) runner.stopLive()
    void this.document.saveNow()
  }

  close(): void {
    this.stopWatching()
    for (const watch of this.watches.values()) watch.end()
    for (const runner of this.runners.values()) runner.dispose()
    this.document.close()
  }

  apply(event: NotebookEvent): void {
    const state = this.state.get()
    if (!state) return
    const next = reduceNotebook(state, event)
    if (next === state) return
    this.state.set(next)
    this.document.edit(serialiseNotebook(next.notebook))
  }

  select(id: CellId | null, isEditing = false): void {
    this.focus.update(before =>
      before.selected === id && before.isEditing === isEditing
        ? before
        : { selected: id, isEditing },
    )
  }

  selectNamed(name: string): void {
    this.select(this.findNamed(name) ?? this.focus.get().selected)
  }

  /** Selects the cell so many places further on. */
  step(by: number): void {
    const ids = this.state.get()?.ids ?? []
    const { selected } = this.focus.get()
    const at = selected ? ids.indexOf(selected) : -1
    const next = ids[Math.max(0, Math.min(ids.length - 1, at < 0 ? 0 : at + by))]
    if (next) this.select(next)
  }

  run(id: CellId): void {
    const cell = this.cell(id)
    if (cell?.kind !== 'sql') return
    const sql = cellBody(cell)
    if (sql.trim() === '') return
    const runner = this.runner(id)
    if (runner.run.get().live !== 'off') this.goLive(id, cell)
    else void runner.start(sql, signal => this.choose(id, cell, signal))
  }

  /** What the server cannot keep current is not live. */
  setEngine(id: CellId, engine: CellEngine): void {
    const value = engine === 'auto' ? null : engine
    this.apply({ type: 'attribute-set', id, key: 'engine', value })
    if (!isKeptLive(engine)) this.setLive(id, false)
    this.run(id)
  }

  runAll(): void {
    for (const id of this.state.get()?.ids ?? []) this.run(id)
  }

  setLive(id: CellId, isLive: boolean): void {
    const cell = this.cell(id)
    if (cell?.kind !== 'sql') return
    this.apply({ type: 'attribute-set', id, key: 'live', value: isLive ? true : null })
    if (isLive) this.goLive(id, cell)
    else this.runner(id).stopLive()
  }

  insert(index: number, kind: 'sql' | 'text', body = ''): CellId | null {
    const state = this.state.get()
    if (!state) return null
    const { notebook } = state
    const { eol } = notebook
    const cell =
      kind === 'text'
        ? makeTextCell(body, eol)
        : makeSqlCell({ body, name: freeCellName(notebook), eol })
    return this.put(index, cell)
  }

  delete(id: CellId): DeletedCell | null {
    const state = this.state.get()
    const cell = this.cell(id)
    if (!state || !cell) return null
    const index = state.ids.indexOf(id)
    const deleted = { id, cell, index }
    this.deleted.push(deleted)
    this.watches.get(id)?.end()
    this.runner(id).dispose()
    this.apply({ type: 'deleted', id })
    const { ids } = this.state.get() ?? { ids: [] }
    this.select(ids[Math.min(index, ids.length - 1)] ?? null)
    return deleted
  }

  /** Brings a deleted cell back, the last one if none is named. */
  undelete(wanted?: DeletedCell): void {
    const state = this.state.get()
    const at = wanted ? this.deleted.indexOf(wanted) : this.deleted.length - 1
    const [deleted] = at < 0 ? [] : this.deleted.splice(at, 1)
    if (!state || !deleted) return
    const index = Math.min(deleted.index, state.ids.length)
    this.apply({ type: 'inserted', index, cell: { ...deleted.cell, lead: '' }, id: deleted.id })
    this.select(deleted.id)
    if (deleted.cell.kind === 'sql' && isLiveCell(deleted.cell)) {
      this.goLive(deleted.id, deleted.cell)
    }
  }

  /** Why a cell cannot have the name; null when it can. */
  whyNoName(id: CellId, name: string): string | null {
    const state = this.state.get()
    return state && whyNoName(state, { id, name }, this.meaningOf)
  }

  /** Renames a cell, unless it cannot be called so; the others go on reading its result. Answers whether it has. */
  rename(id: CellId, name: string): boolean {
    const state = this.state.get()
    if (!state || this.whyNoName(id, name) !== null) return false
    const readers = renamedReaders(state, { id, name }, this.meaningOf)
    this.apply({ type: 'renamed', id, name, readers })
    for (const [reader, sql] of readers) {
      const before = cellAt(state, reader)
      if (before) this.restate(reader, cellBody(before), sql)
    }
    return true
  }

  duplicate(id: CellId): void {
    const state = this.state.get()
    const cell = this.cell(id)
    if (!state || !cell) return
    const copy = this.put(state.ids.indexOf(id) + 1, { ...cell, lead: '' })
    const name = cellName(cell)
    if (!copy || name === null) return
    this.apply({ type: 'renamed', id: copy, name: freeCellName(state.notebook, name) })
  }

  /** Turns a cell into the other kind, with the text it has. */
  convert(id: CellId, kind: 'sql' | 'text'): void {
    const state = this.state.get()
    const cell = this.cell(id)
    if (!state || !cell || cell.kind === kind) return
    const index = state.ids.indexOf(id)
    this.runner(id).dispose()
    this.apply({ type: 'deleted', id })
    const made = this.insert(index, kind, cellBody(cell))
    if (made) this.select(made)
  }

  /**
   * Takes a file that statements can read, and adds a cell that shows it; throws a `ProblemError` when it cannot be read.
   * `kept` tells whether it is there after the page has been closed.
   */
  addFile(file: File): { name: string; kept: Promise<boolean> } {
    const state = this.state.get()
    const before = this.files.list.get()
    const isTaken = (name: string): boolean =>
      (state !== null && isCellNameTaken(state.notebook, name)) || this.meaningOf(name) !== null
    const added = this.files.add(file, isTaken)
    const isNew = before.every(({ name }) => name !== added.name)
    if (isNew) {
      const id = this.insert(state?.ids.length ?? 0, 'sql', `FROM ${added.name}`)
      if (id) this.run(id)
    } else this.rerun(added.name)
    return added
  }

  /** Writes a name where the selected statement ends; answers whether there is one. */
  insertText(name: string): boolean {
    const { selected } = this.focus.get()
    const cell = selected && this.cell(selected)
    if (!selected || cell?.kind !== 'sql') return false
    const body = cellBody(cell)
    const space = body === '' || /\s$/.test(body) ? '' : ' '
    this.apply({ type: 'edited', id: selected, body: `${body}${space}${name}` })
    return true
  }

  private put(index: number, cell: NotebookCell): CellId {
    const id = this.newId()
    this.apply({ type: 'inserted', index, cell, id })
    this.select(id)
    return id
  }

  private cell(id: CellId): NotebookCell | null {
    const state = this.state.get()
    return state && cellAt(state, id)
  }

  private readonly newId = (): CellId => {
    this.cellCount += 1
    return `c${this.cellCount}` as CellId
  }

  /** Takes over a text that came from the server; what this page typed is here already. */
  private readDocument(): void {
    const text = this.document.current?.text
    if (text === undefined) return
    const state = this.state.get()
    if (!state) {
      this.state.set(openNotebook(text, this.newId))
      void this.startCells()
    } else if (text !== serialiseNotebook(state.notebook)) {
      this.state.set(reduceNotebook(state, { type: 'read', text, newId: this.newId }))
    }
  }

  /** Starts what is live, and once what else only reads, unless the notebook says otherwise. */
  private async startCells(): Promise<void> {
    await this.files.read
    const state = this.state.get()
    if (!state || !this.isShown) return
    const runsOnce = !this.isStarted && frontMatterField(state.notebook, 'run') !== 'manual'
    this.isStarted = true
    state.notebook.cells.forEach((cell, i) => {
      const id = state.ids[i]
      if (!id || cell.kind !== 'sql') return
      const sql = cellBody(cell)
      if (isLiveCell(cell) && sql.trim() !== '') this.goLive(id, cell)
      else if (runsOnce && !changesDefinitions(sql)) this.run(id)
    })
  }

  /** Runs those cells again that read a file. */
  private rerun(file: string): void {
    const state = this.state.get()
    state?.notebook.cells.forEach((cell, i) => {
      const id = state.ids[i]
      if (id && cell.kind === 'sql' && this.targets.readsFile(cell, file)) this.run(id)
    })
  }

  private async choose(id: CellId, cell: SqlCell, signal: AbortSignal): Promise<RunTarget> {
    const { target, inputs } = await this.targets.choose(cell, signal)
    this.watchOf(id).watch(inputs)
    return target
  }

  private watchOf(id: CellId): InputWatch {
    const watch = this.watches.get(id) ?? new InputWatch(this.parts.clock, () => this.refresh(id))
    this.watches.set(id, watch)
    return watch
  }

  /** Runs a cell again over other inputs, unless its statement has been changed since. */
  private async refresh(id: CellId): Promise<void> {
    const cell = this.cell(id)
    const runner = this.runner(id)
    if (cell?.kind !== 'sql' || !this.isShown) return
    const sql = cellBody(cell)
    if (runner.run.get().sql !== sql) return
    await runner.refresh(sql, signal => this.choose(id, cell, signal))
  }

  /** The result of a cell is that of its statement as it is written now; what is under way begins again. */
  private restate(id: CellId, from: string, to: string): void {
    const runner = this.runner(id)
    const { live, sql, phase } = runner.run.get()
    runner.restate(from, to)
    if (sql !== from) return
    if (live !== 'off' || phase.is === 'queued' || phase.is === 'running') this.run(id)
    else if (runner.isRefreshing) void this.refresh(id)
  }

  private goLive(id: CellId, cell: SqlCell): void {
    const sql = cellBody(cell)
    const runner = this.runner(id)
    this.watches.get(id)?.end()
    try {
      runner.goLive(sql, this.targets.liveStatement(cell))
    } catch (error) {
      runner.refuse(sql, problemOf(error))
    }
  }

  private readonly meaningOf = (name: string) => this.targets.meaningOf(name)

  private findNamed(name: string): CellId | undefined {
    const state = this.state.get()
    return state?.ids[state.notebook.cells.findIndex(cell => cellName(cell) === name)]
  }

  private idOf(name: string): CellId {
    const id = this.findNamed(name)
    if (!id) throw new Error(`there is no cell ${name}`)
    return id
  }
}
