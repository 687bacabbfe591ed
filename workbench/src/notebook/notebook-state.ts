import {
  deleteCell,
  editCellBody,
  insertCell,
  moveCell,
  renameCell,
  setCellAttribute,
  setCellSpec,
  setFrontMatterField,
} from '../../../backend/contract/notebook-edit.ts'
import {
  cellName,
  cellText,
  type Notebook,
  type NotebookCell,
  parseNotebook,
} from '../../../backend/contract/notebook-format.ts'
import type { Brand } from '../base/brand.ts'

/** Names a cell for as long as the page holds it: its place and its name may change. */
export type CellId = Brand<string, 'CellId'>

export interface NotebookState {
  readonly notebook: Notebook
  /** One id for each cell, in the cells' order. */
  readonly ids: readonly CellId[]
}

export type NotebookEvent =
  | { type: 'edited'; id: CellId; body: string }
  | { type: 'attribute-set'; id: CellId; key: string; value: string | true | null }
  /** With it go the statements of the cells that read it. */
  | { type: 'renamed'; id: CellId; name: string; readers?: ReadonlyMap<CellId, string> }
  | { type: 'spec-set'; id: CellId; spec: string | null }
  | { type: 'inserted'; index: number; cell: NotebookCell; id: CellId }
  | { type: 'deleted'; id: CellId }
  | { type: 'moved'; id: CellId; to: number }
  | { type: 'titled'; title: string }
  | { type: 'field-set'; key: string; value: string | null }
  /** The file was read anew: cells that are still there keep their ids. */
  | { type: 'read'; text: string; newId: () => CellId }

export function openNotebook(text: string, newId: () => CellId): NotebookState {
  const notebook = parseNotebook(text)
  return { notebook, ids: notebook.cells.map(newId) }
}

export function reduceNotebook(state: NotebookState, event: NotebookEvent): NotebookState {
  switch (event.type) {
    case 'inserted':
      return {
        notebook: insertCell(state.notebook, event.index, event.cell),
        ids: state.ids.toSpliced(event.index, 0, event.id),
      }
    case 'titled':
      return changed(state, setFrontMatterField(state.notebook, 'title', event.title))
    case 'field-set':
      return changed(state, setFrontMatterField(state.notebook, event.key, event.value))
    case 'read':
      return reread(state, event)
    default:
      return reduceCell(state, event)
  }
}

export function cellAt(state: NotebookState, id: CellId): NotebookCell | null {
  return state.notebook.cells[state.ids.indexOf(id)] ?? null
}

type CellEvent = Exclude<
  NotebookEvent,
  { type: 'inserted' } | { type: 'titled' } | { type: 'field-set' } | { type: 'read' }
>

function reduceCell(state: NotebookState, event: CellEvent): NotebookState {
  const { notebook, ids } = state
  const index = ids.indexOf(event.id)
  if (index < 0) return state
  switch (event.type) {
    case 'edited':
      return changed(state, editCellBody(notebook, index, event.body))
    case 'attribute-set':
      return changed(state, setCellAttribute(notebook, index, event))
    case 'renamed':
      return changed(
        state,
        [...(event.readers ?? [])].reduce(
          (text, [reader, body]) => editCellBody(text, ids.indexOf(reader), body),
          renameCell(notebook, index, event.name),
        ),
      )
    case 'spec-set':
      return changed(state, setCellSpec(notebook, index, event.spec))
    case 'deleted':
      return { notebook: deleteCell(notebook, index), ids: ids.toSpliced(index, 1) }
    case 'moved': {
      const to = Math.max(0, Math.min(event.to, ids.length - 1))
      const moved = ids.toSpliced(index, 1).toSpliced(to, 0, event.id)
      return { notebook: moveCell(notebook, index, to), ids: moved }
    }
  }
}

function changed(state: NotebookState, notebook: Notebook): NotebookState {
  return notebook === state.notebook ? state : { ...state, notebook }
}

function reread(
  state: NotebookState,
  { text, newId }: Extract<NotebookEvent, { type: 'read' }>,
): NotebookState {
  const notebook = parseNotebook(text)
  const free = new Map(state.ids.map((id, i) => [id, state.notebook.cells[i]]))
  const ids: (CellId | null)[] = notebook.cells.map(() => null)
  const claim = (isSame: (cell: NotebookCell, before: NotebookCell) => boolean): void => {
    notebook.cells.forEach((cell, i) => {
      if (ids[i]) return
      const match = [...free].find(([, before]) => before && isSame(cell, before))
      if (!match) return
      ids[i] = match[0]
      free.delete(match[0])
    })
  }
  claim((cell, before) => cellText(cell).trim() === cellText(before).trim())
  claim((cell, before) => cellName(cell) !== null && cellName(cell) === cellName(before))
  return { notebook, ids: ids.map(id => id ?? newId()) }
}
