import { useMemo } from 'react'
import { isWhole, partText, type Result } from '../result/result.ts'
import { classes } from '../ui/classes.ts'
import { Hint } from '../ui/hint.tsx'
import { bigNumber, type NumberChange } from './big-number.ts'
import styles from './chart.module.css'
import { Sparkline } from './sparkline.tsx'

interface NumberViewProps {
  result: Result
  /** Whether the number's own name stands above it; a tile has a title instead. */
  isLabelled: boolean
  /** Which of the chart colours the sparkline takes, from 1. */
  color?: number
}

/** One number, readable across the room. */
export function NumberView({ result, isLabelled, color = 1 }: NumberViewProps) {
  const number = useMemo(() => bigNumber(result), [result])
  if (!number) return <p className={styles.problem}>The result has no number to show.</p>
  return (
    <div className={styles.number}>
      {isLabelled && <div className={styles.label}>{number.label}</div>}
      <div className={styles.figure}>
        <span className={styles.value}>{number.text}</span>
        {number.change && <Change change={number.change} />}
      </div>
      {number.series.length > 1 && <Sparkline values={number.series} color={color} />}
      {!isWhole(result) && (
        <Hint text="The latest row may not be here: let the statement begin with it, with ORDER BY … DESC.">
          <span className={styles.note}>of the first {partText(result)}</span>
        </Hint>
      )}
    </div>
  )
}

function Change({ change }: { change: NumberChange }) {
  const arrow = { up: '▲', down: '▼', none: '=' }[change.direction]
  return (
    <Hint text={`compared with ${change.since}`}>
      <span className={classes(styles.change, styles[change.direction])}>
        <span aria-hidden="true">{arrow}</span>
        <span className="visually-hidden">{change.direction}</span> {change.text}
      </span>
    </Hint>
  )
}
