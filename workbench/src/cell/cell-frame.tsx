import type { FocusEvent, ReactNode } from 'react'
import { classes } from '../ui/classes.ts'
import styles from './cell.module.css'

interface CellFrameProps {
  /** Names the cell to the keys of the list around it. */
  id: string
  label: string
  isSelected: boolean
  isEditing: boolean
  isPlain?: boolean
  onSelect: () => void
  children: ReactNode
}

/** What surrounds a cell and takes the keys of command mode. */
export function CellFrame(props: CellFrameProps) {
  const { id, label, isSelected, isEditing, isPlain, onSelect } = props
  const onFocus = (event: FocusEvent): void => {
    if (event.target === event.currentTarget) onSelect()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form
    <div
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys work on the selected cell
      tabIndex={0}
      data-cell-frame={id}
      aria-label={label}
      className={classes(
        styles.frame,
        isPlain && styles.plain,
        isSelected && styles.selected,
        isEditing && styles.editing,
      )}
      onFocus={onFocus}
      onPointerDown={event => {
        if (event.target === event.currentTarget) onSelect()
      }}
    >
      {props.children}
    </div>
  )
}
