import type { ComponentProps, ReactNode } from 'react'
import styles from './button.module.css'
import { classes } from './classes.ts'
import { Hint } from './hint.tsx'

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  look?: 'plain' | 'primary' | 'quiet' | 'danger'
  icon?: ReactNode
  children?: ReactNode
}

export function Button({ look = 'plain', icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" className={classes(styles.button, styles[look], className)} {...rest}>
      {icon}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  /** What it does: its name for assistive technology, and its hint. */
  label: string
  shortcut?: string
  icon: ReactNode
}

export function IconButton({ label, shortcut, icon, look = 'quiet', ...rest }: IconButtonProps) {
  return (
    <Hint text={label} shortcut={shortcut}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classes(styles.button, styles[look], styles.icon, rest.className)}
      >
        {icon}
      </button>
    </Hint>
  )
}
