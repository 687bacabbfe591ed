import { X } from 'lucide-react'
import { Dialog as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { classes } from './classes.ts'
import styles from './dialog.module.css'

interface DialogProps {
  title: ReactNode
  description?: ReactNode
  isOpen: boolean
  onClose: () => void
  isWide?: boolean
  children: ReactNode
}

export function Dialog({ title, description, isOpen, onClose, isWide, children }: DialogProps) {
  return (
    <Primitive.Root open={isOpen} onOpenChange={open => !open && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className={styles.overlay} />
        <Primitive.Content
          className={classes(styles.dialog, isWide && styles.wide)}
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className={styles.head}>
            <Primitive.Title className={styles.title}>{title}</Primitive.Title>
            <Primitive.Close asChild>
              <IconButton label="Close" icon={<X size={15} />} />
            </Primitive.Close>
          </header>
          {description && (
            <Primitive.Description className={styles.description}>
              {description}
            </Primitive.Description>
          )}
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

/** The first field takes the focus, not the cross above it, whose hint would pop up. */
function focusFirstField(event: Event): void {
  const { target } = event
  if (!(target instanceof HTMLElement)) return
  event.preventDefault()
  const field = target.querySelector<HTMLElement>('input:not([type=radio]), :checked, textarea')
  ;(field ?? target).focus()
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <footer className={styles.actions}>{children}</footer>
}
