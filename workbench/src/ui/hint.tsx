import { Tooltip } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import styles from './hint.module.css'
import { Keys } from './keys.tsx'

interface HintProps {
  text: ReactNode
  shortcut?: string | undefined
  side?: 'top' | 'bottom' | 'left' | 'right'
  /** One element that takes a ref: a button, a link, a span. */
  children: ReactElement
}

/** Explains an element when the pointer rests on it or it has the focus. */
export function Hint({ text, shortcut, side = 'bottom', children }: HintProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className={styles.hint} side={side} sideOffset={6} collisionPadding={8}>
          {text}
          {shortcut && <Keys keys={shortcut} />}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

export function HintProvider({ children }: { children: ReactNode }) {
  return <Tooltip.Provider delayDuration={350}>{children}</Tooltip.Provider>
}
