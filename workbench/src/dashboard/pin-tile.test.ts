import { beforeEach, expect, test } from 'vitest'
import type { Dashboard } from '../../../backend/contract/documents.ts'
import type { DocumentClient } from '../api-client/document-client.ts'
import { MemoryDocuments } from '../document/memory-documents.ts'
import { serialiseDashboard } from './dashboard-file.ts'
import { pinTile, withPinned } from './pin-tile.ts'

const pinned = { notebook: 'shop', cell: 'traffic', title: 'Traffic', view: 'chart' } as const
const empty: Dashboard = { title: 'Wall', tiles: [] }

let server: MemoryDocuments

beforeEach(() => {
  server = new MemoryDocuments()
  server.put('wall', serialiseDashboard(empty))
})

function saved(): Dashboard {
  return JSON.parse(server.texts.get('wall') ?? '') as Dashboard
}

test('a pinned cell is a tile that names its notebook and cell', async () => {
  await pinTile(server, 'wall', pinned)
  expect(saved().tiles).toEqual([
    { id: 't1', kind: 'cell', ...pinned, place: { x: 0, y: 0, w: 6, h: 4 } },
  ])
})

test('pinned cells cover neither each other nor what stands there', () => {
  let dashboard = empty
  for (const view of ['number', 'chart', 'number', 'table', 'chart'] as const) {
    dashboard = withPinned(dashboard, { ...pinned, view })
  }
  const squares = dashboard.tiles.flatMap(({ place: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  )
  expect(new Set(squares).size).toBe(squares.length)
  expect(new Set(dashboard.tiles.map(({ id }) => id)).size).toBe(5)
})

test('what another page saves meanwhile stays, and the tile is put beside it', async () => {
  const theirs = withPinned(empty, { ...pinned, cell: 'theirs' })
  await pinTile(overtakenOnce(server, serialiseDashboard(theirs)), 'wall', pinned)
  expect(saved().tiles).toMatchObject([
    { cell: 'theirs', place: { x: 0 } },
    { cell: 'traffic', place: { x: 6 } },
  ])
})

test('members that this page does not know are kept', async () => {
  server.put('wall', JSON.stringify({ ...empty, refresh: 'slow' }))
  await pinTile(server, 'wall', pinned)
  expect(saved()).toMatchObject({ refresh: 'slow', title: 'Wall' })
})

test('a file that is no dashboard is refused, and left as it is', async () => {
  server.put('wall', '{ "title": "Wall" ')
  await expect(pinTile(server, 'wall', pinned)).rejects.toThrow('not JSON')
  expect(server.texts.get('wall')).toBe('{ "title": "Wall" ')
})

/** A server on which somebody else saves between the first read and the first write. */
function overtakenOnce(documents: MemoryDocuments, text: string): DocumentClient {
  let isOvertaken = false
  return {
    read: address => documents.read(address),
    list: () => documents.list(),
    readIfChanged: (address, etag) => documents.readIfChanged(address, etag),
    remove: address => documents.remove(address),
    rename: (address, to) => documents.rename(address, to),
    write(address, mine, replaces) {
      if (!isOvertaken) documents.put(address.name, text)
      isOvertaken = true
      return documents.write(address, mine, replaces)
    },
  }
}
