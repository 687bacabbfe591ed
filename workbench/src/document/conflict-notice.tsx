import { useMemo } from 'react'
import { Button } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import styles from './document-notice.module.css'
import { type DiffRow, diffLines } from './line-diff.ts'
import type { OpenDocument } from './open-document.ts'
import { useSaveCopy } from './use-save-copy.ts'

interface ConflictNoticeProps {
  document: OpenDocument
  mine: string
  theirs: string
}

/** Both versions side by side, and what can be done: nothing is lost either way. */
export function ConflictNotice({ document, mine, theirs }: ConflictNoticeProps) {
  const rows = useMemo(() => diffLines(mine, theirs), [mine, theirs])
  const saveCopy = useSaveCopy(document)
  return (
    <section className={styles.notice} role="alert">
      <h2 className={styles.title}>Someone else, or another tab, saved this meanwhile</h2>
      <p className={styles.text}>
        Nothing was overwritten. Both versions are here; choose what to keep.
      </p>
      <div className={styles.actions}>
        <Button look="primary" onClick={() => document.keepMine()}>
          Keep mine
        </Button>
        <Button onClick={() => document.takeTheirs()}>Take theirs</Button>
        <Button onClick={() => void saveCopy()}>Save mine as a copy</Button>
      </div>
      <div className={styles.diff}>
        <table>
          <thead>
            <tr>
              <th scope="col">Mine</th>
              <th scope="col">Theirs</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
              <tr key={index}>
                <Side line={row.left} look={styles.mine} />
                <Side line={row.right} look={styles.theirs} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Side({ line, look }: { line: DiffRow['left']; look: string | undefined }) {
  return <td className={classes(line?.side === 'changed' && look)}>{line?.text ?? ''}</td>
}
