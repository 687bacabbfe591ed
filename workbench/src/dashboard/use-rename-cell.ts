import { useRef } from 'react'
import { cellName } from '../../../backend/contract/notebook-format.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { isFirstOfName } from '../notebook/cell-names.ts'
import type { NotebookSession } from '../notebook/notebook-session.ts'
import { type CellId, cellAt } from '../notebook/notebook-state.ts'
import { useToasts } from '../ui/toast-context.ts'
import { useDashboards } from './dashboard-context.ts'
import { followCell } from './follow-cell.ts'

/** Renames a cell, and has the tiles that show it follow, one rename after the other. */
export function useRenameCell(session: NotebookSession, id: CellId): (name: string) => void {
  const { documents, client } = useDocumentParts()
  const dashboards = useDashboards()
  const toasts = useToasts()
  const following = useRef<Promise<void>>(Promise.resolve())

  async function follow(from: string, to: string): Promise<void> {
    try {
      await dashboards.saveAll()
      if (!(await session.document.saveNow())) throw new Error('the notebook is not saved.')
      await documents.refresh()
      const names = documents.summaries('dashboards').map(({ name }) => name)
      await followCell(client, names, { notebook: session.document.address.name, from, to })
    } catch (error) {
      const { detail } = problemOf(error)
      const text = `Tiles of ${from} could not be pointed at ${to}: ${detail}`
      toasts.show({ text, tone: 'failed' })
    } finally {
      dashboards.retry()
    }
  }

  return name => {
    const state = session.state.get()
    const cell = state && cellAt(state, id)
    const before = cell && cellName(cell)
    if (!state || !before || !session.rename(id, name)) return
    if (isFirstOfName(state, id)) {
      following.current = following.current.then(() => follow(before, name))
    }
  }
}
