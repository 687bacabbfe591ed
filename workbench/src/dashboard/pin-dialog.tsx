import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { freeCellName } from '../../../backend/contract/notebook-edit.ts'
import { cellName } from '../../../backend/contract/notebook-format.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { useStore } from '../base/use-store.ts'
import { bigNumber } from '../chart/big-number.ts'
import { useDocumentParts } from '../document/document-context.ts'
import type { NotebookSession } from '../notebook/notebook-session.ts'
import { type CellId, cellAt } from '../notebook/notebook-state.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { ProblemNotice } from '../ui/problem-notice.tsx'
import { useToasts } from '../ui/toast-context.ts'
import { useDashboards } from './dashboard-context.ts'
import { serialiseDashboard } from './dashboard-file.ts'
import styles from './pin-dialog.module.css'
import { type PinnedCell, pinTile } from './pin-tile.ts'

interface PinDialogProps {
  session: NotebookSession
  id: CellId
  onClose: () => void
}

const newDashboard = '\u0000new'

/** Puts a cell onto a dashboard: one that is there, or a new one. */
export function PinDialog({ session, id, onClose }: PinDialogProps) {
  const { documents } = useDocumentParts()
  const { list } = useStore(documents.view)
  const entries = list?.dashboards ?? []
  const [chosen, setChosen] = useState(entries[0]?.name ?? newDashboard)
  const [title, setTitle] = useState('Dashboard')
  const [problem, setProblem] = useState<Problem | null>(null)
  const pin = usePin(session, id)

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    try {
      await pin(chosen === newDashboard ? { title } : { name: chosen })
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }

  return (
    <Dialog isOpen title="Pin to a dashboard" onClose={onClose}>
      <form onSubmit={event => void submit(event)}>
        <fieldset className={styles.choices}>
          <legend className="visually-hidden">Dashboard</legend>
          {[...entries, { name: newDashboard, title: 'A new dashboard' }].map(entry => (
            <label key={entry.name} className={styles.choice}>
              <input
                type="radio"
                name="dashboard"
                checked={chosen === entry.name}
                onChange={() => setChosen(entry.name)}
              />
              {entry.title}
            </label>
          ))}
        </fieldset>
        {chosen === newDashboard && (
          <input
            className={styles.field}
            aria-label="Title of the new dashboard"
            value={title}
            onChange={event => setTitle(event.target.value)}
          />
        )}
        {problem && <ProblemNotice problem={problem} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            disabled={chosen === newDashboard && title.trim() === ''}
          >
            Pin
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** Pins the cell as it looks now; a cell without a name gets one first, because tiles point at names. */
function usePin(session: NotebookSession, id: CellId) {
  const { documents, client } = useDocumentParts()
  const dashboards = useDashboards()
  const toasts = useToasts()
  const [, go] = useLocation()
  return async (target: { name: string } | { title: string }): Promise<void> => {
    const pinned = await pinnedCell(session, id)
    const name =
      'name' in target
        ? target.name
        : await documents.create(
            'dashboards',
            target.title,
            serialiseDashboard({ title: target.title, tiles: [] }),
          )
    await pinTile(client, name, pinned)
    await documents.refresh()
    dashboards.retry()
    const open = { label: 'Open', run: () => go(`/dashboards/${encodeURIComponent(name)}`) }
    toasts.show({ text: `Pinned ${pinned.cell}`, action: open })
  }
}

async function pinnedCell(session: NotebookSession, id: CellId): Promise<PinnedCell> {
  const state = session.state.get()
  const cell = state && cellAt(state, id)
  if (!state || cell?.kind !== 'sql') throw new Error('Only statements can be pinned.')
  const known = cellName(cell)
  const name = known ?? freeCellName(state.notebook)
  if (known === null) session.apply({ type: 'renamed', id, name })
  await session.document.saveNow()
  const result = session.runner(id).run.get().shown?.result
  const isNumber =
    result !== undefined && !cell.spec && result.rows === 1 && bigNumber(result) !== null
  const view = isNumber ? 'number' : /\bview=table\b/.test(cell.fence.info) ? 'table' : 'chart'
  const title = name.replaceAll(/[_-]+/g, ' ').replace(/^./, first => first.toUpperCase())
  return { notebook: session.document.address.name, cell: name, title, view }
}
