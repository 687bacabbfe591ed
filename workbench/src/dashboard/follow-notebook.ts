import type { Dashboard, Tile } from '../../../backend/contract/documents.ts'
import type { DocumentClient } from '../api-client/document-client.ts'
import { changeDashboards } from './change-dashboard.ts'

export interface RenamedNotebook {
  readonly from: string
  readonly to: string
}

/**
 * Has the tiles of a renamed notebook find it under its new name.
 * @throws ProblemError when a dashboard cannot be saved; the others have been
 */
export async function followNotebook(
  client: DocumentClient,
  dashboards: readonly string[],
  renamed: RenamedNotebook,
): Promise<void> {
  await changeDashboards(client, dashboards, dashboard => withRepointed(dashboard, renamed))
}

/** The same dashboard when no tile of it shows the notebook. */
function withRepointed(dashboard: Dashboard, { from, to }: RenamedNotebook): Dashboard {
  const shows = (tile: Tile): boolean => tile.kind === 'cell' && tile.notebook === from
  if (!dashboard.tiles.some(shows)) return dashboard
  const tiles = dashboard.tiles.map(tile => (shows(tile) ? { ...tile, notebook: to } : tile))
  return { ...dashboard, tiles } as Dashboard
}
