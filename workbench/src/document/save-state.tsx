import { Button } from '../ui/button.tsx'
import { Hint } from '../ui/hint.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import type { DocumentView } from './open-document.ts'
import styles from './save-state.module.css'

interface SaveStateProps {
  view: DocumentView
  onSave: () => void
}

/** Whether what one sees is on the server, in a few words. */
export function SaveState({ view, onSave }: SaveStateProps) {
  if (view.state !== 'open') return null
  const { phase, savedAt } = view.document
  switch (phase.is) {
    case 'saved':
      return savedAt === null ? null : (
        <span className={styles.state}>
          saved <TimeAgo at={savedAt} />
        </span>
      )
    case 'unsaved':
      return <span className={styles.state}>editing</span>
    case 'saving':
      return <span className={styles.state}>saving …</span>
    case 'conflict':
      return <span className={styles.failed}>changed elsewhere</span>
    case 'failed':
      return (
        <Hint text={phase.problem.detail}>
          <span className={styles.failed}>
            not saved; kept in this browser{' '}
            <Button look="quiet" onClick={onSave}>
              Try again
            </Button>
          </span>
        </Hint>
      )
  }
}
