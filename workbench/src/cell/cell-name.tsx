import { useState } from 'react'
import { cellName, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import { Pill } from '../ui/pill.tsx'
import styles from './cell.module.css'
import type { CellViewProps } from './cell-view-props.ts'

type CellNameProps = Pick<CellViewProps, 'session' | 'id'> & { cell: SqlCell }

/** The name by which tiles find the cell. */
export function CellName({ session, id, cell }: CellNameProps) {
  const name = cellName(cell)
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? name ?? ''
  const unfit = draft === null || draft === name ? null : unfitName(draft, { session, id, cell })
  const commit = (): void => {
    if (unfit !== null) return
    if (draft !== null && draft !== '' && draft !== name) {
      session.rename(id, draft)
    }
    setDraft(null)
  }
  return (
    <>
      <input
        className={styles.name}
        aria-label="Name of the cell"
        aria-invalid={unfit !== null}
        placeholder="unnamed"
        size={Math.max(7, text.length + 1)}
        value={text}
        onChange={event => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={event => {
          if (event.key === 'Enter') event.currentTarget.blur()
          else if (event.key === 'Escape') setDraft(null)
          event.stopPropagation()
        }}
      />
      {unfit && <Pill tone="failed">{unfit}</Pill>}
    </>
  )
}

/** Why a cell cannot have the name; null when it can. */
function unfitName(name: string, { session, id }: CellNameProps): string | null {
  if (name !== '' && !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name))
    return 'a letter, then letters, digits, _ or -'
  const state = session.state.get()
  const isTaken = state?.notebook.cells.some((cell, index) => {
    const other = cell.kind === 'sql' ? cellName(cell) : null
    return state.ids[index] !== id && other?.toLowerCase() === name.toLowerCase()
  })
  return isTaken ? 'another cell has this name' : null
}
