import { Plus, Type } from 'lucide-react'
import { useRef, useState } from 'react'
import { useStore } from '../base/use-store.ts'
import { SqlCellView } from '../cell/sql-cell-view.tsx'
import { TextCellView } from '../cell/text-cell-view.tsx'
import { PinDialog } from '../dashboard/pin-dialog.tsx'
import { FileButton } from '../sources/file-drop.tsx'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Keys } from '../ui/keys.tsx'
import styles from './notebook-page.module.css'
import type { NotebookSession } from './notebook-session.ts'
import { type CellId, cellAt, type NotebookState } from './notebook-state.ts'
import { useCellCommands } from './use-cell-commands.ts'

interface CellListProps {
  session: NotebookSession
  state: NotebookState
  onFiles: (files: readonly File[]) => void
}

/** The cells in their order, and the keys of command mode. */
export function CellList({ session, state, onFiles }: CellListProps) {
  const list = useRef<HTMLDivElement>(null)
  const focus = useStore(session.focus)
  const [pinned, setPinned] = useState<CellId | null>(null)
  const commands = useCellCommands(session, { list, onPin: setPinned })
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the cells within are what takes the focus */}
      <div ref={list} className={styles.list} onKeyDown={commands.onKeyDown}>
        {state.notebook.cells.map((cell, index) => {
          const id = state.ids[index]
          if (!id) return null
          const isSelected = focus.selected === id
          const isEditing = isSelected && focus.isEditing
          const shared = { session, id, isSelected, isEditing, run: commands.run }
          return (
            <div key={id} data-cell={id} className={styles.cell}>
              {cell.kind === 'sql' ? (
                <SqlCellView {...shared} cell={cell} onPin={() => setPinned(id)} />
              ) : (
                <TextCellView {...shared} cell={cell} />
              )}
            </div>
          )
        })}
      </div>
      {state.ids.length === 0 && (
        <EmptyState title="This notebook is empty">
          Add a statement or a text to begin with.
        </EmptyState>
      )}
      <AddBar session={session} index={state.ids.length} onFiles={onFiles} />
      {pinned && cellAt(state, pinned) && (
        <PinDialog session={session} id={pinned} onClose={() => setPinned(null)} />
      )}
    </>
  )
}

interface AddBarProps extends Pick<CellListProps, 'session' | 'onFiles'> {
  index: number
}

function AddBar({ session, index, onFiles }: AddBarProps) {
  const add = (kind: 'sql' | 'text'): void => {
    const id = session.insert(index, kind)
    if (id) session.select(id, true)
  }
  return (
    <div className={styles.add}>
      <Button icon={<Plus size={14} />} onClick={() => add('sql')}>
        SQL <Keys keys="B" />
      </Button>
      <Button icon={<Type size={14} />} onClick={() => add('text')}>
        Text <Keys keys="T" />
      </Button>
      <FileButton onFiles={onFiles} />
    </div>
  )
}
