import { freeCellName, makeSqlCell, makeTextCell } from '../../../backend/contract/notebook-edit.ts'
import {
  type CellEngine,
  cellBody,
  cellEngine,
  cellName,
  frontMatterField,
  isLiveCell,
  type NotebookCell,
  notebookTitle,
  serialiseNotebook,
} from '../../../backend/contract/notebook-format.ts'
import { changesViews } from '../../../backend/contract/view-statement.ts'
import { Store } from '../base/store.ts'
import { CellRunner, type RunnerParts } from '../cell/cell-runner.ts'
import type { OpenDocument } from '../document/open-document.ts'
import {
  type CellId,
  cellAt,
  type NotebookEvent,
  type NotebookState,
  openNotebook,
  reduceNotebook,
} from './notebook-state.ts'

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
  private readonly parts: RunnerParts
  private readonly runners = new Map<CellId, CellRunner>()
  private readonly deleted: DeletedCell[] = []
  private readonly stopWatching: () => void
  private cellCount = 0
  private isShown = false
  private isStarted = false

  constructor(document: OpenDocument, parts: RunnerParts) {
    this.document = document
    this.parts = parts
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
    this.startCells()
  }

  hide(): void {
    this.isShown = false
    for (const runner of this.runners.values()) runner.stopLive()
    void this.document.saveNow()
  }

  close(): void {
    this.stopWatching()
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
    const state = this.state.get()
    const index = state?.notebook.cells.findIndex(cell => cellName(cell) === name) ?? -1
    this.select(state?.ids[index] ?? this.focus.get().selected)
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
    if (sql.trim() !== '') void this.runner(id).start(sql, cellEngine(cell))
  }

  /** A cell on Spark is not live. */
  setEngine(id: CellId, engine: CellEngine): void {
    const value = engine === 'auto' ? null : engine
    this.apply({ type: 'attribute-set', id, key: 'engine', value })
    if (engine === 'spark') this.setLive(id, false)
    this.run(id)
  }

  runAll(): void {
    for (const id of this.state.get()?.ids ?? []) this.run(id)
  }

  setLive(id: CellId, isLive: boolean): void {
    const cell = this.cell(id)
    if (cell?.kind !== 'sql') return
    this.apply({ type: 'attribute-set', id, key: 'live', value: isLive ? true : null })
    if (isLive) this.runner(id).goLive(cellBody(cell))
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
    if (isLiveCell(deleted.cell)) this.runner(deleted.id).goLive(cellBody(deleted.cell))
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
      this.startCells()
    } else if (text !== serialiseNotebook(state.notebook)) {
      this.state.set(reduceNotebook(state, { type: 'read', text, newId: this.newId }))
    }
  }

  /** Starts what is live, and once what else only reads, unless the notebook says otherwise. */
  private startCells(): void {
    const state = this.state.get()
    if (!state || !this.isShown) return
    const runsOnce = !this.isStarted && frontMatterField(state.notebook, 'run') !== 'manual'
    this.isStarted = true
    state.notebook.cells.forEach((cell, i) => {
      const id = state.ids[i]
      if (!id || cell.kind !== 'sql') return
      const sql = cellBody(cell)
      if (isLiveCell(cell) && sql.trim() !== '') this.runner(id).goLive(sql)
      else if (runsOnce && !changesViews(sql)) this.run(id)
    })
  }
}
