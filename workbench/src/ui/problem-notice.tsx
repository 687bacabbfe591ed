import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Problem } from '../../../backend/contract/problem.ts'
import styles from './problem-notice.module.css'

interface ProblemNoticeProps {
  problem: Problem
  /** Where it happened, as something to click on. */
  place?: ReactNode
  /** What can be done about it. */
  actions?: ReactNode
}

/** What happened, where, and what to do. */
export function ProblemNotice({ problem, place, actions }: ProblemNoticeProps) {
  return (
    <div className={styles.notice} role="alert">
      <CircleAlert size={16} className={styles.icon} aria-hidden />
      <div className={styles.body}>
        <p className={styles.title}>
          {problem.title}
          {place && <span className={styles.place}>{place}</span>}
        </p>
        <p className={styles.detail}>{problem.detail}</p>
        {problem.hint && <p className={styles.hint}>{problem.hint}</p>}
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
    </div>
  )
}
