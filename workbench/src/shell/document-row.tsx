import { Ellipsis, Pencil, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import type { DocumentSummary } from '../../../backend/contract/documents.ts'
import type { DocumentKind } from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { IconButton } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { Hint } from '../ui/hint.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useToasts } from '../ui/toast-context.ts'
import styles from './document-row.module.css'
import { RenameDialog } from './rename-dialog.tsx'
import { useForget } from './use-forget.ts'

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
  const { documents } = useDocumentParts()
  const toasts = useToasts()
  const forget = useForget(kind)
  const [path, go] = useLocation()
  return async ({ name, title }) => {
    const address = { kind, name }
    const href = `/${kind}/${encodeURIComponent(name)}`
    try {
      const { text } = await documents.remove(address)
      forget(name)
      if (path === href) go('/')
      const restore = (): void => {
        documents.restore(address, text).then(
          () => go(href),
          error => toasts.show({ text: problemOf(error).detail, tone: 'failed' }),
        )
      }
      toasts.show({ text: `Deleted ${title}`, action: { label: 'Undo', run: restore } })
    } catch (error) {
      toasts.show({ text: problemOf(error).detail, tone: 'failed' })
    }
  }
}
