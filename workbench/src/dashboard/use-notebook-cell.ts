import { useMemo } from 'react'
import { cellName, parseNotebook, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import { useStore } from '../base/use-store.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'

export type FoundCell =
  | { readonly state: 'loading' }
  | { readonly state: 'found'; readonly cell: SqlCell }
  | { readonly state: 'absent'; readonly reason: string }

/** The cell that a tile points at, as the notebook's file has it now. */
export function useNotebookCell(notebook: string, name: string): FoundCell {
  const document = useNotebooks().open(notebook).document
  const view = useStore(document.view)
  const text = view.state === 'open' ? view.document.text : null
  const cell = useMemo(() => (text === null ? undefined : findCell(text, name)), [text, name])
  if (view.state === 'unavailable') {
    return {
      state: 'absent',
      reason: `The notebook ${notebook} cannot be read: ${view.problem.detail}`,
    }
  }
  if (cell) return { state: 'found', cell }
  if (view.state === 'loading') return { state: 'loading' }
  return {
    state: 'absent',
    reason: `The notebook ${notebook} has no cell named ${name} any more. Name one so, or remove this tile.`,
  }
}

function findCell(text: string, name: string): SqlCell | undefined {
  return parseNotebook(text).cells.find(
    (cell): cell is SqlCell => cell.kind === 'sql' && cellName(cell) === name,
  )
}
