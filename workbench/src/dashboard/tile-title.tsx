import { Link } from 'wouter'
import type { Tile } from '../../../backend/contract/documents.ts'
import styles from './tile.module.css'

/** The title of a cell tile, which leads back to its cell. */
export function TileTitle({ tile }: { tile: Extract<Tile, { kind: 'cell' }> }) {
  return (
    <Link href={cellHref(tile)} className={styles.title}>
      {tile.title ?? tile.cell}
    </Link>
  )
}

/** Where a cell is found in its notebook. */
export function cellHref({ notebook, cell }: { notebook: string; cell: string }): string {
  return `/notebooks/${encodeURIComponent(notebook)}#cell-${encodeURIComponent(cell)}`
}
