import { Copy } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '../ui/button.tsx'
import { Popover } from '../ui/popover.tsx'
import { typeLabel } from './column-kind.ts'
import { exactText } from './exact-text.ts'
import type { OpenedValue } from './use-grid-keys.ts'
import styles from './value-popover.module.css'

interface ValuePopoverProps {
  opened: OpenedValue | null
  onClose: () => void
}

/** One value in full: long text with its lines, JSON with its levels. */
export function ValuePopover({ opened, onClose }: ValuePopoverProps) {
  const anchor = useRef({ getBoundingClientRect: () => new DOMRect() })
  if (!opened) return null
  anchor.current = { getBoundingClientRect: () => opened.place }
  const { column, value } = opened
  const text = value === null ? 'null' : readable(exactText(value, column))
  return (
    <Popover
      isOpen
      onOpenChange={open => !open && onClose()}
      anchor={anchor}
      label={`Value of ${column.name}`}
      align="start"
    >
      <div className={styles.head}>
        <span className={styles.name}>{column.name}</span>
        <span className={styles.type}>{typeLabel(column.sqlType)}</span>
        <Button icon={<Copy size={13} />} onClick={() => void navigator.clipboard?.writeText(text)}>
          Copy
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long text is scrolled with the keyboard */}
      <pre className={styles.text} tabIndex={0}>
        {text}
      </pre>
    </Popover>
  )
}

/** JSON with its levels as lines; any other text as it is. */
function readable(text: string): string {
  if (!/^\s*[[{]/.test(text) || hasLongNumber(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Numbers that a double cannot hold would be changed by reading them. */
function hasLongNumber(text: string): boolean {
  return /\d{16,}|\d\.\d{14,}/.test(text)
}
