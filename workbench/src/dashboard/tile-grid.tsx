import { useMemo } from 'react'
import GridLayout, { useContainerWidth } from 'react-grid-layout'
import type { Tile, TilePlace } from '../../../backend/contract/documents.ts'
import { type DashboardEvent, gridColumns } from './dashboard-file.ts'
import styles from './dashboard-page.module.css'
import { DashboardTile } from './dashboard-tile.tsx'
import { dragHandleClass } from './drag-handle.ts'
import type { TileAges } from './tile-ages.ts'

interface TileGridProps {
  tiles: readonly Tile[]
  isEdited: boolean
  ages: TileAges
  apply: (event: DashboardEvent) => void
  onRemove: (id: string) => void
}

const rowHeightPx = 64
const gapPx = 12
/** Below this width tiles stand one below the other, in reading order. */
const narrowPx = 640

/** Tiles on their grid, moved by their heads and resized by a corner while the layout is edited. */
export function TileGrid({ tiles, isEdited, ages, apply, onRemove }: TileGridProps) {
  const { width, containerRef, mounted } = useContainerWidth()
  const layout = useMemo(() => tiles.map(({ id, place }) => ({ i: id, ...place })), [tiles])
  const shared = { isEdited, ages, apply, onRemove }
  const isNarrow = width < narrowPx
  const save = (placed: readonly ({ i: string } & TilePlace)[]): void => {
    const places = new Map(placed.map(({ i, x, y, w, h }) => [i, { x, y, w, h }]))
    apply({ type: 'placed', places })
  }
  return (
    <div ref={containerRef} className={isNarrow ? styles.single : styles.grid}>
      {mounted &&
        isNarrow &&
        inReadingOrder(tiles).map(tile => (
          <div key={tile.id} style={{ height: heightBelowOthers(tile) }}>
            <DashboardTile tile={tile} {...shared} />
          </div>
        ))}
      {mounted && !isNarrow && (
        <GridLayout
          width={width}
          layout={layout}
          gridConfig={{
            cols: gridColumns,
            rowHeight: rowHeightPx,
            margin: [gapPx, gapPx],
            containerPadding: [gapPx, 0],
          }}
          dragConfig={{ enabled: isEdited, handle: `.${dragHandleClass}` }}
          resizeConfig={{ enabled: isEdited, handles: ['se'] }}
          onDragStop={save}
          onResizeStop={save}
        >
          {tiles.map(tile => (
            <div key={tile.id}>
              <DashboardTile tile={tile} {...shared} />
            </div>
          ))}
        </GridLayout>
      )}
    </div>
  )
}

/** In a column of tiles, where the grid's heights do not count. */
function heightBelowOthers(tile: Tile): number | 'auto' {
  if (tile.kind === 'text') return 'auto'
  return tile.view === 'number' ? 120 : 260
}

function inReadingOrder(tiles: readonly Tile[]): Tile[] {
  return tiles.toSorted((a, b) => a.place.y - b.place.y || a.place.x - b.place.x)
}
