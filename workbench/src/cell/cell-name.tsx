import { useState } from 'react'
import { cellName, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import { useRenameCell } from '../dashboard/use-rename-cell.ts'
import { Pill } from '../ui/pill.tsx'
import styles from './cell.module.css'
import type { CellViewProps } from './cell-view-props.ts'

type CellNameProps = Pick<CellViewProps, 'session' | 'id'> & { cell: SqlCell }

/** The name by which tiles and other cells find the cell. */
export function CellName({ session, id, cell }: CellNameProps) {
  const name = cellName(cell) ?? ''
  const [draft, setDraft] = useState<string | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const rename = useRenameCell(session, id)
  const text = draft ?? name
  const isNew = draft !== null && draft !== '' && draft !== name
  const unfit = isNew ? session.whyNoName(id, draft) : null
  const leave = (): void => {
    if (unfit !== null) setRefused(`“${draft}”: ${unfit}`)
    else if (isNew) rename(draft)
    setDraft(null)
  }
  const problem = unfit ?? refused
  return (
    <>
      <input
        className={styles.name}
        aria-label="Name of the cell"
        aria-invalid={unfit !== null}
        placeholder="unnamed"
        size={Math.max(7, text.length + 1)}
        value={text}
        onFocus={() => setRefused(null)}
        onChange={event => setDraft(event.target.value)}
        // The field of a window that was left is the active element still.
        onBlur={event => {
          if (document.activeElement !== event.currentTarget) leave()
        }}
        onKeyDown={event => {
          if (event.key === 'Enter') event.currentTarget.blur()
          else if (event.key === 'Escape') setDraft(null)
          event.stopPropagation()
        }}
      />
      {problem && <Pill tone="failed">{problem}</Pill>}
    </>
  )
}
