import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { DocumentSummary } from '../../../backend/contract/documents.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import type { DocumentKind } from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { ProblemNotice } from '../ui/problem-notice.tsx'
import { useToasts } from '../ui/toast-context.ts'
import { renameDocument } from './page-documents.ts'
import styles from './rename-dialog.module.css'
import { usePageDocuments } from './use-page-documents.ts'

interface RenameDialogProps {
  kind: DocumentKind
  entry: DocumentSummary
  onClose: () => void
}

const endings = { notebooks: '.md', dashboards: '.dashboard.json' }

export function RenameDialog({ kind, entry, onClose }: RenameDialogProps) {
  const [name, setName] = useState(entry.name)
  const [problem, setProblem] = useState<Problem | null>(null)
  const page = usePageDocuments()
  const toasts = useToasts()
  const [path, go] = useLocation()
  const isFit = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(name)

  async function rename(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (name === entry.name) return onClose()
    try {
      const left = await renameDocument(page, { kind, name: entry.name }, name)
      for (const text of left) toasts.show({ text, tone: 'failed' })
      if (path === `/${kind}/${encodeURIComponent(entry.name)}`) go(`/${kind}/${name}`)
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }

  return (
    <Dialog isOpen title="Rename the file" onClose={onClose}>
      <form onSubmit={event => void rename(event)}>
        <label className={styles.label}>
          Name
          <span className={styles.field}>
            <input value={name} onChange={event => setName(event.target.value)} />
            {endings[kind]}
          </span>
        </label>
        {!isFit && (
          <p className={styles.note}>
            Letters, digits, - and _ only; it begins with a letter or digit.
          </p>
        )}
        {kind === 'notebooks' && (
          <p className={styles.note}>Tiles of dashboards follow, and so do dropped files.</p>
        )}
        {problem && <ProblemNotice problem={problem} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={!isFit}>
            Rename
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
