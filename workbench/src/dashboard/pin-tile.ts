import type { Dashboard, Tile } from '../../../backend/contract/documents.ts'
import type { DocumentClient } from '../api-client/document-client.ts'
import { changeDashboard } from './change-dashboard.ts'
import { freePlace, freeTileId, reduceDashboard } from './dashboard-file.ts'

export interface PinnedCell {
  readonly notebook: string
  readonly cell: string
  readonly title: string
  readonly view: 'chart' | 'table' | 'number'
}

const sizes = { chart: { w: 6, h: 4 }, table: { w: 6, h: 4 }, number: { w: 3, h: 2 } }

export function withPinned(
  dashboard: Dashboard,
  { notebook, cell, title, view }: PinnedCell,
): Dashboard {
  const place = freePlace(dashboard.tiles, sizes[view])
  const id = freeTileId(dashboard.tiles)
  const tile: Tile = { id, kind: 'cell', notebook, cell, title, view, place }
  return reduceDashboard(dashboard, { type: 'added', tile })
}

/**
 * Puts a cell onto a dashboard of the server, at a free place.
 * @throws ProblemError when it cannot be saved, UnusableDashboard when the file is none
 */
export async function pinTile(
  client: DocumentClient,
  name: string,
  pinned: PinnedCell,
): Promise<void> {
  await changeDashboard(client, name, dashboard => withPinned(dashboard, pinned))
}
