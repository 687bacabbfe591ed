import { useEffect, useMemo } from 'react'
import {
  cellName,
  type Notebook,
  parseNotebook,
  type SqlCell,
} from '../../../backend/contract/notebook-format.ts'
import { useStore } from '../base/use-store.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'

export type FoundCell =
  | { readonly state: 'loading' }
  | { readonly state: 'found'; readonly cell: SqlCell; readonly notebook: Notebook }
  | { readonly state: 'absent'; readonly reason: string }

/** The cell that a tile points at, as the notebook's file has it now. */
export function useNotebookCell(notebook: string, name: string): FoundCell {
  const notebooks = useNotebooks()
  const { document } = notebooks.open(notebook)
  useEffect(() => notebooks.retain(notebook), [notebooks, notebook])
  const view = useStore(document.view)
  const text = view.state === 'open' ? view.document.text : null
  const found = useMemo(() => (text === null ? undefined : findCell(text, name)), [text, name])
  if (view.state === 'unavailable') {
    return {
      state: 'absent',
      reason: `The notebook ${notebook} cannot be read: ${view.problem.detail}`,
    }
  }
  if (found) return { state: 'found', ...found }
  if (view.state === 'loading') return { state: 'loading' }
  return {
    state: 'absent',
    reason: `The notebook ${notebook} has no cell named ${name} any more. Name one so, or remove this tile.`,
  }
}

function findCell(text: string, name: string): { cell: SqlCell; notebook: Notebook } | undefined {
  const notebook = parseNotebook(text)
  const cell = notebook.cells.find(
    (each): each is SqlCell => each.kind === 'sql' && cellName(each) === name,
  )
  return cell && { cell, notebook }
}
