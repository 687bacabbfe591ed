import type { NotebookCommand } from '../notebook/keymap.ts'
import type { NotebookSession } from '../notebook/notebook-session.ts'
import type { CellId } from '../notebook/notebook-state.ts'

/** What every cell is told by the list that it stands in. */
export interface CellViewProps {
  session: NotebookSession
  id: CellId
  isSelected: boolean
  isEditing: boolean
  run: (command: NotebookCommand, id: CellId) => void
}
