import type { Dashboard, Tile } from '../../../backend/contract/documents.ts'
import type { DocumentClient } from '../api-client/document-client.ts'
import {
  freePlace,
  freeTileId,
  parseDashboard,
  reduceDashboard,
  serialiseDashboard,
} from './dashboard-file.ts'

export interface PinnedCell {
  readonly notebook: string
  readonly cell: string
  readonly title: string
  readonly view: 'chart' | 'table' | 'number'
}

const sizes = { chart: { w: 6, h: 4 }, table: { w: 6, h: 4 }, number: { w: 3, h: 2 } }
const attemptsMax = 5

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
 * Puts a cell onto a dashboard of the server, at a free place; goes on from what others save meanwhile.
 * @throws ProblemError when it cannot be saved, Error when the file is no dashboard
 */
export async function pinTile(
  client: DocumentClient,
  name: string,
  pinned: PinnedCell,
): Promise<void> {
  let version = await client.read({ kind: 'dashboards', name })
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const parsed = parseDashboard(version.text)
    if ('problem' in parsed)
      throw new Error(`The file of ${name} cannot be used: ${parsed.problem}.`)
    const text = serialiseDashboard(withPinned(parsed.dashboard, pinned))
    const answer = await client.write({ kind: 'dashboards', name }, text, { etag: version.etag })
    if ('saved' in answer) return
    version = answer.changed
  }
  throw new Error(`Others save ${name} all the time. Try again.`)
}
