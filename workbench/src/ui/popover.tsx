import { Popover as Primitive } from 'radix-ui'
import type { ReactElement, ReactNode, RefObject } from 'react'
import styles from './popover.module.css'

interface PopoverProps {
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  /** The element that opens it, or a place on the page. */
  trigger?: ReactElement
  anchor?: RefObject<{ getBoundingClientRect(): DOMRect }>
  label: string
  align?: 'start' | 'center' | 'end'
  children: ReactNode
}

export function Popover({
  isOpen,
  onOpenChange,
  trigger,
  anchor,
  label,
  align,
  children,
}: PopoverProps) {
  return (
    <Primitive.Root open={isOpen} onOpenChange={onOpenChange}>
      {trigger && <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>}
      {anchor && <Primitive.Anchor virtualRef={anchor} />}
      <Primitive.Portal>
        <Primitive.Content
          className={styles.popover}
          aria-label={label}
          align={align ?? 'end'}
          sideOffset={4}
          collisionPadding={8}
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}
