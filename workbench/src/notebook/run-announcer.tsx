import { useEffect, useMemo } from 'react'
import { cellName } from '../../../backend/contract/notebook-format.ts'
import { systemClock } from '../base/clock.ts'
import { useStore } from '../base/use-store.ts'
import { RunAnnouncements } from '../cell/run-announcements.ts'
import type { NotebookSession } from './notebook-session.ts'
import { type CellId, cellAt, type NotebookState } from './notebook-state.ts'

interface RunAnnouncerProps {
  session: NotebookSession
  ids: NotebookState['ids']
}

/** Has a screen reader say what becomes of the cells. */
export function RunAnnouncer({ session, ids }: RunAnnouncerProps) {
  const announcements = useMemo(() => new RunAnnouncements(systemClock), [])
  useEffect(() => {
    const ends = ids.map(id =>
      announcements.follow(session.runner(id).run, () => nameOf(session, id)),
    )
    return () => {
      for (const end of ends) end()
    }
  }, [announcements, session, ids])
  return (
    <p className="visually-hidden" role="status">
      {useStore(announcements.text)}
    </p>
  )
}

function nameOf(session: NotebookSession, id: CellId): string {
  const state = session.state.get()
  const cell = state && cellAt(state, id)
  return (cell && cellName(cell)) ?? `Cell ${(state?.ids.indexOf(id) ?? 0) + 1}`
}
