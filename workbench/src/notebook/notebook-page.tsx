import { FileWarning } from 'lucide-react'
import { useEffect } from 'react'
import { hasConflictMarkers } from '../../../backend/contract/notebook-format.ts'
import { useStore } from '../base/use-store.ts'
import { DocumentNotice } from '../document/document-notice.tsx'
import { Unavailable } from '../document/unavailable.tsx'
import { useEditorCatalog } from '../editor/use-editor-catalog.ts'
import { lastNotebook } from '../shell/last-notebook.ts'
import { FileDrop } from '../sources/file-drop.tsx'
import { FileList } from '../sources/file-list.tsx'
import { CellList } from './cell-list.tsx'
import { useNotebooks } from './notebook-context.ts'
import styles from './notebook-page.module.css'
import type { NotebookSession } from './notebook-session.ts'
import { RunAnnouncer } from './run-announcer.tsx'
import { useAddFiles } from './use-add-files.ts'
import { useNotebookTables } from './use-notebook-tables.ts'

/** A notebook with its cells. */
export function NotebookPage({ name }: { name: string }) {
  const notebooks = useNotebooks()
  const session = notebooks.open(name)
  const view = useStore(session.document.view)
  const state = useStore(session.state)
  useEffect(() => {
    lastNotebook.set(name)
    notebooks.shown = session
    session.show()
    return () => {
      notebooks.shown = null
      session.hide()
    }
  }, [name, notebooks, session])
  useNamedCell(session, state !== null)
  useEditorCatalog(useNotebookTables(session))
  const addFiles = useAddFiles(session)
  if (view.state === 'loading') return null
  if (view.state === 'unavailable') return <Unavailable kind="notebook" problem={view.problem} />
  const { text } = view.document
  return (
    <FileDrop className={styles.page} onFiles={addFiles}>
      <h1 className="visually-hidden">{session.title}</h1>
      <DocumentNotice document={session.document} state={view.document} />
      {hasConflictMarkers(text) && (
        <p className={styles.markers} role="status">
          <FileWarning size={15} aria-hidden /> The file holds conflict markers
          (&lt;&lt;&lt;&lt;&lt;&lt;&lt;): both sides are shown below. Delete the one that you do not
          want.
        </p>
      )}
      <FileList files={session.files} onInsert={name => session.insertText(name)} />
      {state && <RunAnnouncer session={session} ids={state.ids} />}
      {state && <CellList session={session} state={state} onFiles={addFiles} />}
    </FileDrop>
  )
}

/** Selects the cell that the address names, as a link from a tile does. */
function useNamedCell(session: NotebookSession, isHere: boolean): void {
  useEffect(() => {
    const [, name] = /^#cell-(.+)$/.exec(location.hash) ?? []
    if (isHere && name) session.selectNamed(decodeURIComponent(name))
  }, [session, isHere])
}
