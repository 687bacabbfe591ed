import { DropdownMenu } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { classes } from './classes.ts'
import { Keys } from './keys.tsx'
import styles from './menu.module.css'

interface MenuProps {
  trigger: ReactElement
  align?: 'start' | 'end'
  /** The menu is gone, and is about to give the focus back to its trigger: `preventDefault` keeps it from that. */
  onCloseAutoFocus?: (event: Event) => void
  children: ReactNode
}

export function Menu({ trigger, align = 'end', onCloseAutoFocus, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          {...(onCloseAutoFocus && { onCloseAutoFocus })}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  detail?: ReactNode
  shortcut?: string
  isDanger?: boolean
  isDisabled?: boolean
  onSelect: () => void
  children: ReactNode
}

export function MenuItem(props: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={classes(styles.item, props.isDanger && styles.danger)}
      disabled={props.isDisabled ?? false}
      onSelect={props.onSelect}
    >
      <span className={styles.icon}>{props.icon}</span>
      <span className={styles.label}>{props.children}</span>
      {props.detail && <span className={styles.detail}>{props.detail}</span>}
      {props.shortcut && <Keys keys={props.shortcut} />}
    </DropdownMenu.Item>
  )
}

interface MenuChoiceProps<T extends string> {
  value: T
  options: readonly { value: T; label: string; icon?: ReactNode }[]
  onChange: (value: T) => void
}

/** Items of which one is chosen. */
export function MenuChoice<T extends string>({ value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={next => onChange(next as T)}>
      {options.map(option => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={styles.item}>
          <span className={styles.icon}>{option.icon}</span>
          <span className={styles.label}>{option.label}</span>
          <DropdownMenu.ItemIndicator className={styles.detail}>✓</DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className={styles.heading}>{children}</DropdownMenu.Label>
}

export function MenuLine() {
  return <DropdownMenu.Separator className={styles.line} />
}
