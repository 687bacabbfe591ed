import type { Dashboard, Tile } from '../../../backend/contract/documents.ts'
import type { DocumentClient } from '../api-client/document-client.ts'
import { changeDashboards } from './change-dashboard.ts'

export interface RenamedCell {
  readonly notebook: string
  readonly from: string
  readonly to: string
}

/**
 * Has the tiles of a renamed cell show it under its new name.
 * @throws ProblemError when a dashboard cannot be saved; the others have been
 */
export async function followCell(
  client: DocumentClient,
  dashboards: readonly string[],
  renamed: RenamedCell,
): Promise<void> {
  await changeDashboards(client, dashboards, dashboard => withRenamed(dashboard, renamed))
}

/** The same dashboard when no tile of it shows the cell. */
export function withRenamed(dashboard: Dashboard, { notebook, from, to }: RenamedCell): Dashboard {
  const shows = (tile: Tile): boolean =>
    tile.kind === 'cell' && tile.notebook === notebook && tile.cell === from
  if (!dashboard.tiles.some(shows)) return dashboard
  const tiles = dashboard.tiles.map(tile => (shows(tile) ? { ...tile, cell: to } : tile))
  return { ...dashboard, tiles } as Dashboard
}
