import { isCellNameTaken } from '../../../backend/contract/notebook-edit.ts'
import { cellName } from '../../../backend/contract/notebook-format.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { useDocumentParts } from '../document/document-context.ts'
import type { NotebookSession } from '../notebook/notebook-session.ts'
import { type CellId, cellAt } from '../notebook/notebook-state.ts'
import { useToasts } from '../ui/toast-context.ts'
import { useDashboards } from './dashboard-context.ts'
import { followCell } from './follow-cell.ts'

/** Renames a cell, and has the tiles that show it follow. */
export function useRenameCell(session: NotebookSession, id: CellId): (name: string) => void {
  const { documents, client } = useDocumentParts()
  const dashboards = useDashboards()
  const toasts = useToasts()

  async function follow(from: string, to: string): Promise<void> {
    try {
      await dashboards.saveAll()
      await session.document.saveNow()
      const names = documents.summaries('dashboards').map(({ name }) => name)
      const renamed = { notebook: session.document.address.name, from, to }
      if ((await followCell(client, names, renamed)) > 0) dashboards.retry()
    } catch (error) {
      const { detail } = problemOf(error)
      const text = `Tiles of ${from} could not be pointed at ${to}: ${detail}`
      toasts.show({ text, tone: 'failed' })
    }
  }

  return name => {
    const state = session.state.get()
    const cell = state && cellAt(state, id)
    const before = cell && cellName(cell)
    session.rename(id, name)
    const after = session.state.get()
    if (before && after && !isCellNameTaken(after.notebook, before)) void follow(before, name)
  }
}
