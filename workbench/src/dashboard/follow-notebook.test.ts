import { expect, test } from 'vitest'
import type { Dashboard } from '../../../backend/contract/documents.ts'
import { MemoryDocuments } from '../document/memory-documents.ts'
import { serialiseDashboard } from './dashboard-file.ts'
import { followNotebook } from './follow-notebook.ts'
import { withPinned } from './pin-tile.ts'

test('tiles find a renamed notebook, and dashboards without it are left as they are', async () => {
  const server = new MemoryDocuments()
  const empty: Dashboard = { title: 'Wall', tiles: [] }
  const tile = { cell: 'traffic', title: 'Traffic', view: 'chart' } as const
  const both = withPinned(withPinned(empty, { ...tile, notebook: 'shop' }), {
    ...tile,
    notebook: 'other',
  })
  const untouched = '{ "title": "None", "tiles": [] }'
  server.put('wall', serialiseDashboard(both))
  server.put('none', untouched)
  await followNotebook(server, ['gone', 'wall', 'none'], { from: 'shop', to: 'store' })
  const { tiles } = JSON.parse(server.texts.get('wall') ?? '') as Dashboard
  expect(tiles).toMatchObject([
    { notebook: 'store', cell: 'traffic' },
    { notebook: 'other', cell: 'traffic' },
  ])
  expect(server.texts.get('none')).toBe(untouched)
})
