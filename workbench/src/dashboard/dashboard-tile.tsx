import { ChartColumn, Ellipsis, ExternalLink, Hash, Move, Table, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { Tile } from '../../../backend/contract/documents.ts'
import { IconButton } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { Markdown } from '../ui/markdown.tsx'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from '../ui/menu.tsx'
import { CellTile } from './cell-tile.tsx'
import type { DashboardEvent } from './dashboard-file.ts'
import { dragHandleClass } from './drag-handle.ts'
import styles from './tile.module.css'
import type { TileAges } from './tile-ages.ts'
import { cellHref } from './tile-title.tsx'
import { usePlaceKeys } from './use-place-keys.ts'

interface TileProps {
  tile: Tile
  isEdited: boolean
  ages: TileAges
  apply: (event: DashboardEvent) => void
  onRemove: (id: string) => void
}

const tileViews = [
  { value: 'chart', label: 'Chart', icon: <ChartColumn size={14} /> },
  { value: 'table', label: 'Table', icon: <Table size={14} /> },
  { value: 'number', label: 'Number', icon: <Hash size={14} /> },
] as const

export function DashboardTile(props: TileProps) {
  const { tile, isEdited, apply } = props
  const place = usePlaceKeys(tile, apply)
  return (
    <article
      className={classes(
        styles.tile,
        tile.kind === 'text' && !isEdited && styles.bare,
        place.isOn && styles.placed,
      )}
      aria-label={tile.kind === 'cell' ? (tile.title ?? tile.cell) : 'Text'}
    >
      {tile.kind === 'cell' ? (
        <CellTile {...props} tile={tile} menu={<TileMenu {...props} onPlace={place.start} />} />
      ) : (
        <TextTile {...props} tile={tile} menu={<TileMenu {...props} onPlace={place.start} />} />
      )}
      {place.isOn && (
        <p
          ref={place.focus}
          tabIndex={-1}
          className={styles.placing}
          role="status"
          onKeyDown={place.onKeyDown}
          onBlur={place.stop}
        >
          Arrow keys move, with Shift they resize, Enter ends
        </p>
      )}
    </article>
  )
}

function TextTile({
  tile,
  isEdited,
  apply,
  menu,
}: TileProps & { tile: Extract<Tile, { kind: 'text' }>; menu: React.ReactNode }) {
  const [isWritten, setWritten] = useState(false)
  return (
    <>
      {isEdited && (
        <div className={classes(styles.handle, dragHandleClass)}>
          <span className={styles.space} />
          {menu}
        </div>
      )}
      {isEdited && isWritten ? (
        <textarea
          className={styles.text}
          aria-label="Markdown"
          // biome-ignore lint/a11y/noAutofocus: it was just asked for
          autoFocus
          value={tile.markdown}
          onChange={event =>
            apply({ type: 'changed', id: tile.id, change: { markdown: event.target.value } })
          }
          onBlur={() => setWritten(false)}
        />
      ) : (
        <div className={styles.body}>
          <Markdown text={tile.markdown} />
          {isEdited && (
            <button type="button" className={styles.write} onClick={() => setWritten(true)}>
              Edit the text
            </button>
          )}
        </div>
      )}
    </>
  )
}

function TileMenu({
  tile,
  isEdited,
  apply,
  onRemove,
  onPlace,
}: TileProps & { onPlace: () => void }) {
  const [, go] = useLocation()
  const isToBePlaced = useRef(false)
  const title = tile.kind === 'cell' ? (tile.title ?? tile.cell) : 'the text'
  return (
    <Menu
      trigger={<IconButton label={`More for ${title}`} icon={<Ellipsis size={14} />} />}
      onCloseAutoFocus={event => {
        if (!isToBePlaced.current) return
        isToBePlaced.current = false
        event.preventDefault()
        onPlace()
      }}
    >
      {tile.kind === 'cell' && (
        <>
          <MenuItem icon={<ExternalLink size={14} />} onSelect={() => go(cellHref(tile))}>
            Open the cell
          </MenuItem>
          <MenuLine />
          <MenuLabel>Show it as</MenuLabel>
          <MenuChoice
            value={tile.view}
            options={tileViews}
            onChange={view => apply({ type: 'changed', id: tile.id, change: { view } })}
          />
          <MenuLine />
        </>
      )}
      {isEdited && (
        <MenuItem
          icon={<Move size={14} />}
          onSelect={() => {
            isToBePlaced.current = true
          }}
        >
          Move or resize with keys
        </MenuItem>
      )}
      <MenuItem icon={<Trash2 size={14} />} isDanger onSelect={() => onRemove(tile.id)}>
        Remove
      </MenuItem>
    </Menu>
  )
}
