import { Ellipsis, Pencil, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import type { DocumentSummary } from '../../../backend/contract/documents.ts'
import type { DocumentKind } from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import type { DeletedDocument } from '../document/document-list.ts'
import { IconButton } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { Hint } from '../ui/hint.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useToasts } from '../ui/toast-context.ts'
import styles from './document-row.module.css'
import { deleteDocument, restoreDocument } from './page-documents.ts'
import { RenameDialog } from './rename-dialog.tsx'
import { usePageDocuments } from './use-page-documents.ts'

interface DocumentRowProps {
  kind: DocumentKind
  entry: DocumentSummary
}

/** A notebook or dashboard of the sidebar, with what can be done to its file. */
export function DocumentRow({ kind, entry }: DocumentRowProps) {
  const [isRenaming, setRenaming] = useState(false)
  const [isOpen, params] = useRoute(`/${kind}/:name`)
  const remove = useRemove(kind)
  const isCurrent = isOpen && decodeURIComponent(params.name) === entry.name
  return (
    <li className={classes(styles.row, isCurrent && styles.current)}>
      <Link
        href={`/${kind}/${encodeURIComponent(entry.name)}`}
        className={styles.link}
        aria-current={isCurrent ? 'page' : undefined}
      >
        <span className={styles.title}>{entry.title}</span>
        {entry.problem ? (
          <Hint text={entry.problem} side="right">
            <TriangleAlert size={13} className={styles.problem} aria-label={entry.problem} />
          </Hint>
        ) : (
          entry.isLive && <span className={styles.live}>live</span>
        )}
      </Link>
      <Menu
        trigger={
          <IconButton
            label={`More for ${entry.title}`}
            className={styles.more}
            icon={<Ellipsis size={14} />}
          />
        }
      >
        <MenuItem icon={<Pencil size={14} />} onSelect={() => setRenaming(true)}>
          Rename the file
        </MenuItem>
        <MenuItem icon={<Trash2 size={14} />} isDanger onSelect={() => void remove(entry)}>
          Delete
        </MenuItem>
      </Menu>
      {isRenaming && <RenameDialog {...{ kind, entry }} onClose={() => setRenaming(false)} />}
    </li>
  )
}

/** Deletes a document, with a way back for as long as the message stands. */
function useRemove(kind: DocumentKind): (entry: DocumentSummary) => Promise<void> {
  const page = usePageDocuments()
  const restore = useRestore()
  const toasts = useToasts()
  const [path, go] = useLocation()
  return async ({ name, title }) => {
    try {
      const deleted = await deleteDocument(page, { kind, name })
      if (path === `/${kind}/${encodeURIComponent(name)}`) go('/')
      const undo = { label: 'Undo', run: () => void restore(deleted) }
      toasts.show({ text: `Deleted ${title}`, action: undo })
    } catch (error) {
      const { detail, hint = '' } = problemOf(error)
      toasts.show({ text: `${detail} ${hint}`, tone: 'failed' })
    }
  }
}

/** Brings a deleted document back and opens it; what failed can be tried again. */
function useRestore(): (deleted: DeletedDocument) => Promise<void> {
  const page = usePageDocuments()
  const toasts = useToasts()
  const [, go] = useLocation()
  return async function restore(deleted) {
    const { kind } = deleted.address
    try {
      const { name, left } = await restoreDocument(page, deleted)
      for (const text of left) toasts.show({ text, tone: 'failed' })
      go(`/${kind}/${encodeURIComponent(name)}`)
    } catch (error) {
      const again = { label: 'Try again', run: () => void restore(deleted) }
      toasts.show({ text: problemOf(error).detail, tone: 'failed', action: again })
    }
  }
}
