import type { Dashboard, Tile } from '../../../backend/contract/documents.ts'
import type { DocumentClient } from '../api-client/document-client.ts'
import { ProblemError } from '../api-client/problem-error.ts'
import { changeDashboard, UnusableDashboard } from './change-dashboard.ts'

export interface RenamedCell {
  readonly notebook: string
  readonly from: string
  readonly to: string
}

/**
 * Has the tiles of a renamed cell show it under its new name. A file that cannot be used, or is not there any more, shows
 * no tiles.
 * @throws ProblemError when a dashboard cannot be saved; the others have been
 */
export async function followCell(
  client: DocumentClient,
  dashboards: readonly string[],
  renamed: RenamedCell,
): Promise<void> {
  const changes = await Promise.allSettled(
    dashboards.map(name =>
      changeDashboard(client, name, dashboard => withRenamed(dashboard, renamed)),
    ),
  )
  for (const change of changes) {
    if (change.status === 'rejected' && !hasNoTiles(change.reason)) throw change.reason
  }
}

function hasNoTiles(reason: unknown): boolean {
  if (reason instanceof UnusableDashboard) return true
  return reason instanceof ProblemError && reason.problem.code === 'not-found'
}

/** The same dashboard when no tile of it shows the cell. */
export function withRenamed(dashboard: Dashboard, { notebook, from, to }: RenamedCell): Dashboard {
  const shows = (tile: Tile): boolean =>
    tile.kind === 'cell' && tile.notebook === notebook && tile.cell === from
  if (!dashboard.tiles.some(shows)) return dashboard
  const tiles = dashboard.tiles.map(tile => (shows(tile) ? { ...tile, cell: to } : tile))
  return { ...dashboard, tiles } as Dashboard
}
