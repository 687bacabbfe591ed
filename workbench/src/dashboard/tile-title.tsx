import { Link } from 'wouter'
import type { Tile } from '../../../backend/contract/documents.ts'
import styles from './tile.module.css'

interface TileTitleProps {
  tile: Extract<Tile, { kind: 'cell' }>
  isEdited: boolean
}

/** The title of a cell tile, which leads back to its cell; while the layout is edited, the tile is dragged by it. */
export function TileTitle({ tile, isEdited }: TileTitleProps) {
  const title = tile.title ?? tile.cell
  if (isEdited) return <span className={styles.title}>{title}</span>
  return (
    <Link href={cellHref(tile)} className={styles.title}>
      {title}
    </Link>
  )
}

/** Where a cell is found in its notebook. */
export function cellHref({ notebook, cell }: { notebook: string; cell: string }): string {
  return `/notebooks/${encodeURIComponent(notebook)}#cell-${encodeURIComponent(cell)}`
}
