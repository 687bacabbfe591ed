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
import type { Problem } from '../../../backend/contract/problem.ts'
import { Store } from '../base/store.ts'
import type { CellRunner, RunnerParts } from '../cell/cell-runner.ts'
import type { OpenDocument } from '../document/open-document.ts'
import type { FileStore } from '../sources/file-store.ts'
import { NotebookFiles } from '../sources/notebook-files.ts'
import { renamedReaders, whyNoName } from './cell-names.ts'
import { CellRuns } from './cell-runs.ts'
import { CellTargets, type TargetParts } from './cell-targets.ts'
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
  /** The cell of the other kind that it was turned into. */
  readonly replacedBy?: CellId
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
  private readonly targets: CellTargets
  private readonly runs: CellRuns
  private readonly deleted: DeletedCell[] = []
  private readonly stopWatching: () => void
  private cellCount = 0
  private isStarted = false

  constructor(document: OpenDocument, parts: SessionParts) {
    this.document = document
    this.files = new NotebookFiles(document.address.name, parts.files)
    this.targets = new CellTargets(parts, {
      cells: () => this.state.get()?.notebook.cells ?? [],
      files: () => this.files.list.get(),
      runOf: name => this.runner(this.idOf(name)).run,
      runCell: name => this.run(this.idOf(name)),
    })
    this.runs = new CellRuns(parts, this.targets, () => this.sqlCells())
    this.stopWatching = document.view.subscribe(() => this.readDocument())
    void document.load()
  }

  get title(): string {
    const state = this.state.get()
    return (state && notebookTitle(state.notebook)) ?? this.document.address.name
  }

  runner(id: CellId): CellRunner {
    return this.runs.runner(id)
  }

  /** Live cells are kept current only while somebody looks. */
  show(): void {
    this.runs.show()
    void this.startCells()
  }

  hide(): void {
    this.runs.hide()
    void this.document.saveNow()
  }

  close(): void {
    this.stopWatching()
    this.runs.close()
    this.document.close()
  }

  apply(event: NotebookEvent): void {
    const state = this.state.get()
    if (!state) return
    const next = reduceNotebook(state, event)
    if (next === state) return
    this.state.set(next)
    this.runs.lookSoon()
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
    this.runs.run(id)
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

  /** Switches a cell to live, or back; answers why it cannot be, and is as it was then. */
  toggleLive(id: CellId): Problem | null {
    const cell = this.cell(id)
    if (cell?.kind !== 'sql') return null
    const isLive = isLiveCell(cell) || this.runner(id).run.get().live !== 'off'
    const problem = isLive ? null : this.targets.whyNotLive(cell)
    if (problem === null) this.setLive(id, !isLive)
    return problem
  }

  private setLive(id: CellId, isLive: boolean): void {
    this.apply({ type: 'attribute-set', id, key: 'live', value: isLive ? true : null })
    if (isLive) this.runs.goLive(id)
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
    this.runs.end(id)
    this.apply({ type: 'deleted', id })
    const { ids } = this.state.get() ?? { ids: [] }
    this.select(ids[Math.min(index, ids.length - 1)] ?? null)
    return deleted
  }

  /** Brings a deleted cell back, the last one if none is named; under another name, if its own is taken by now. */
  undelete(wanted?: DeletedCell): void {
    const at = wanted ? this.deleted.indexOf(wanted) : this.deleted.length - 1
    const [deleted] = at < 0 ? [] : this.deleted.splice(at, 1)
    const { replacedBy } = deleted ?? {}
    const place = replacedBy ? (this.state.get()?.ids.indexOf(replacedBy) ?? -1) : -1
    if (replacedBy && place >= 0) this.apply({ type: 'deleted', id: replacedBy })
    const state = this.state.get()
    if (!state || !deleted) return
    const { id, cell } = deleted
    const index = place >= 0 ? place : Math.min(deleted.index, state.ids.length)
    const name = cellName(cell)
    const isTaken = name !== null && isCellNameTaken(state.notebook, name)
    this.apply({ type: 'inserted', index, cell: { ...cell, lead: '' }, id })
    if (isTaken) this.apply({ type: 'renamed', id, name: freeCellName(state.notebook, name) })
    this.select(id)
    this.runs.resume(id)
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
    this.runs.keepingResults(() => {
      this.apply({ type: 'renamed', id, name, readers })
      for (const [reader, sql] of readers) {
        const before = cellAt(state, reader)
        if (before) this.runs.restate(reader, cellBody(before), sql)
      }
    })
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

  /** Turns a cell into the other kind, with the text it has; one that was of that kind before is as it was. */
  convert(id: CellId, kind: 'sql' | 'text'): DeletedCell | null {
    const state = this.state.get()
    const cell = this.cell(id)
    if (!state || !cell || cell.kind === kind) return null
    const body = cellBody(cell)
    const before = this.deleted.findLast(({ replacedBy }) => replacedBy === id)
    if (before?.cell.kind === kind) {
      this.undelete(before)
      this.apply({ type: 'edited', id: before.id, body })
      return null
    }
    const index = state.ids.indexOf(id)
    this.runs.end(id)
    this.apply({ type: 'deleted', id })
    const made = this.insert(index, kind, body)
    if (!made) return null
    this.select(made)
    const replaced = { id, cell, index, replacedBy: made }
    this.deleted.push(replaced)
    return replaced
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
    } else this.runs.rerun(added.name)
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
    if (!state || !this.runs.isShown) return
    const runsOnce = !this.isStarted && frontMatterField(state.notebook, 'run') !== 'manual'
    this.isStarted = true
    this.runs.startAll(runsOnce)
  }

  private sqlCells(): (readonly [CellId, SqlCell])[] {
    const { notebook, ids } = this.state.get() ?? { notebook: null, ids: [] }
    return ids.flatMap((id, i) => {
      const cell = notebook?.cells[i]
      return cell?.kind === 'sql' ? [[id, cell] as const] : []
    })
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
