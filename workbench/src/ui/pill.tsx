import type { ComponentProps, ReactNode } from 'react'
import { classes } from './classes.ts'
import styles from './pill.module.css'

export type PillTone = 'live' | 'stale' | 'failed' | 'plain' | 'server' | 'browser' | 'spark'

interface PillProps extends Omit<ComponentProps<'span'>, 'children'> {
  tone: PillTone
  /** A dot before the text; it beats while something goes on. */
  dot?: 'still' | 'beating'
  children: ReactNode
}

export function Pill({ tone, dot, children, className, ...rest }: PillProps) {
  return (
    <span className={classes(styles.pill, styles[tone], className)} {...rest}>
      {dot && <span className={classes(styles.dot, dot === 'beating' && styles.beating)} />}
      {children}
    </span>
  )
}
