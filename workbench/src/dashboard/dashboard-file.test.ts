import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dashboard, Tile } from '../../../backend/contract/documents.ts'
import {
  freePlace,
  freeTileId,
  gridColumns,
  parseDashboard,
  reduceDashboard,
  serialiseDashboard,
} from './dashboard-file.ts'

const place = fc
  .record({
    x: fc.nat(11),
    y: fc.nat(20),
    w: fc.integer({ min: 1, max: 12 }),
    h: fc.integer({ min: 1, max: 6 }),
  })
  .map(each => ({ ...each, w: Math.min(each.w, gridColumns - each.x) }))
const tiles: fc.Arbitrary<Tile[]> = fc.array(
  place.map(each => ({ id: 'x', kind: 'text' as const, markdown: '', place: each })),
)

test('a new tile gets a place of its own on the grid, and a name of its own', () => {
  fc.assert(
    fc.property(
      tiles,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 6 }),
      (placed, w, h) => {
        const { x, y } = freePlace(placed, { w, h })
        expect(x + w).toBeLessThanOrEqual(gridColumns)
        for (const { place: other } of placed) {
          const isApart =
            x + w <= other.x || other.x + other.w <= x || y + h <= other.y || other.y + other.h <= y
          expect(isApart).toBe(true)
        }
      },
    ),
  )
  expect(
    freeTileId([{ id: 't2', kind: 'text', markdown: '', place: { x: 0, y: 0, w: 1, h: 1 } }]),
  ).toBe('t3')
})

const wall: Dashboard = {
  title: 'Wall',
  tiles: [{ id: 't1', kind: 'text', markdown: 'Hi', place: { x: 0, y: 0, w: 6, h: 2 } }],
}

test('what the page does not know is kept', () => {
  const text = serialiseDashboard({ ...wall, colour: 'red' } as Dashboard)
  const parsed = parseDashboard(text)
  if (!('dashboard' in parsed)) throw new Error(parsed.problem)
  const retitled = reduceDashboard(parsed.dashboard, { type: 'titled', title: 'Floor' })
  expect(JSON.parse(serialiseDashboard(retitled))).toMatchObject({ title: 'Floor', colour: 'red' })
})

test('tiles that stay where they are change nothing', () => {
  const same = new Map([['t1', { x: 0, y: 0, w: 6, h: 2 }]])
  expect(reduceDashboard(wall, { type: 'placed', places: same })).toBe(wall)
  const moved = reduceDashboard(wall, {
    type: 'placed',
    places: new Map([['t1', { x: 6, y: 0, w: 6, h: 2 }]]),
  })
  expect(moved.tiles[0]?.place.x).toBe(6)
})

test.each(['{', '[]', 'null', '{"title":"x"}', '{"title":"x","tiles":[{"id":"a"}]}'])(
  'a broken file is told: %s',
  text => expect(parseDashboard(text)).toHaveProperty('problem'),
)
