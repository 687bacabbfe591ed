import type { ReactNode } from 'react'
import styles from './part-note.module.css'

/** Says that something is true of a part of the result alone. */
export function PartNote({ children }: { children: ReactNode }) {
  return (
    <p className={styles.note} role="status">
      {children}
    </p>
  )
}
