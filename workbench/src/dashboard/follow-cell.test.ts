import { expect, test } from 'vitest'
import type { Dashboard } from '../../../backend/contract/documents.ts'
import { ProblemError } from '../api-client/problem-error.ts'
import { MemoryDocuments } from '../document/memory-documents.ts'
import { serialiseDashboard } from './dashboard-file.ts'
import { followCell } from './follow-cell.ts'
import { withPinned } from './pin-tile.ts'

const renamed = { notebook: 'shop', from: 'traffic', to: 'visits' }

function dashboardOf(...cells: (readonly [notebook: string, cell: string])[]): string {
  const empty: Dashboard = { title: 'Wall', tiles: [] }
  return serialiseDashboard(
    cells.reduce(
      (dashboard, [notebook, cell]) =>
        withPinned(dashboard, { notebook, cell, title: cell, view: 'chart' }),
      empty,
    ),
  )
}

test('tiles show a renamed cell under its new name, and no other', async () => {
  const server = new MemoryDocuments()
  server.put('wall', dashboardOf(['shop', 'traffic'], ['shop', 'funnel'], ['other', 'traffic']))
  server.put('more', dashboardOf(['shop', 'traffic']))
  server.put('none', dashboardOf(['shop', 'funnel']))
  const untouched = server.texts.get('none')
  await followCell(server, ['wall', 'more', 'none'], renamed)
  const tiles = (name: string) => (JSON.parse(server.texts.get(name) ?? '') as Dashboard).tiles
  expect(tiles('wall')).toMatchObject([
    { notebook: 'shop', cell: 'visits', title: 'traffic' },
    { notebook: 'shop', cell: 'funnel' },
    { notebook: 'other', cell: 'traffic' },
  ])
  expect(tiles('more')).toMatchObject([{ cell: 'visits' }])
  expect(server.texts.get('none')).toBe(untouched)
})

test('one that cannot be used or saved keeps no other from it', async () => {
  const server = new MemoryDocuments()
  server.put('broken', '{')
  server.put('wall', dashboardOf(['shop', 'traffic']))
  await followCell(server, ['broken', 'wall'], renamed)
  expect(server.texts.get('wall')).toContain('"visits"')
  server.put('wall', dashboardOf(['shop', 'traffic']))
  server.put('more', dashboardOf(['shop', 'traffic']))
  server.faults.push('fail-before')
  await expect(followCell(server, ['wall', 'more'], renamed)).rejects.toThrow(ProblemError)
  const texts = [server.texts.get('wall'), server.texts.get('more')]
  expect(texts.filter(text => text?.includes('"visits"'))).toHaveLength(1)
})
