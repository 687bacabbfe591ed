import 'react-grid-layout/css/styles.css'
import { Maximize, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import type { Dashboard } from '../../../backend/contract/documents.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useToasts } from '../ui/toast-context.ts'
import { type DashboardEvent, freePlace, freeTileId } from './dashboard-file.ts'
import styles from './dashboard-page.module.css'
import { TileAges } from './tile-ages.ts'
import { TileGrid } from './tile-grid.tsx'
import { useWall } from './use-wall.ts'
import { WorstAge } from './worst-age.tsx'

interface DashboardViewProps {
  dashboard: Dashboard
  apply: (event: DashboardEvent) => void
}

export function DashboardView({ dashboard, apply }: DashboardViewProps) {
  const [isEdited, setEdited] = useState(false)
  const [ages] = useState(() => new TileAges())
  const toasts = useToasts()
  const openWall = useWall()
  const { title, tiles } = dashboard

  function addText(): void {
    const place = freePlace(tiles, { w: 6, h: 1 })
    const tile = { id: freeTileId(tiles), kind: 'text' as const, markdown: '## A title', place }
    apply({ type: 'added', tile })
    setEdited(true)
  }

  function remove(id: string): void {
    const tile = tiles.find(each => each.id === id)
    if (!tile) return
    apply({ type: 'removed', id })
    const undo = { label: 'Undo', run: () => apply({ type: 'added', tile }) }
    toasts.show({ text: 'Removed a tile', action: undo })
  }

  return (
    <>
      <header className={styles.head}>
        {isEdited ? (
          <input
            className={styles.title}
            aria-label="Title of the dashboard"
            value={title}
            onChange={event => apply({ type: 'titled', title: event.target.value })}
          />
        ) : (
          <h1 className={styles.title}>{title}</h1>
        )}
        <span className={styles.note}>
          {tiles.length} {tiles.length === 1 ? 'tile' : 'tiles'}
        </span>
        <WorstAge ages={ages} />
        <span className={styles.space} />
        <Button icon={<Maximize size={13} />} onClick={openWall}>
          Wall
        </Button>
        {isEdited && (
          <Button icon={<Plus size={14} />} onClick={addText}>
            Text
          </Button>
        )}
        <Button
          look={isEdited ? 'primary' : 'plain'}
          icon={<Pencil size={13} />}
          onClick={() => setEdited(!isEdited)}
        >
          {isEdited ? 'Done' : 'Edit layout'}
        </Button>
      </header>
      {tiles.length === 0 ? (
        <EmptyState title="Nothing is pinned here yet">
          Open a notebook, choose a cell and press P, or its Pin button.
        </EmptyState>
      ) : (
        <TileGrid {...{ tiles, isEdited, ages, apply }} onRemove={remove} />
      )}
    </>
  )
}
