import type { Dashboard, Tile, TilePlace } from '../../../backend/contract/documents.ts'

export const gridColumns = 12

/** Reads a dashboard's text; members that this page does not know are kept. */
export function parseDashboard(text: string): { dashboard: Dashboard } | { problem: string } {
  try {
    const value = JSON.parse(text) as Partial<Dashboard> | null
    if (typeof value?.title !== 'string') return { problem: 'it has no title' }
    if (!Array.isArray(value.tiles)) return { problem: 'it has no list of tiles' }
    const broken = value.tiles.findIndex(tile => !isTile(tile))
    if (broken >= 0) return { problem: `tile ${broken + 1} is not complete` }
    return { dashboard: value as Dashboard }
  } catch (error) {
    return { problem: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

export function serialiseDashboard(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`
}

function isTile(tile: Partial<Tile> | null): tile is Tile {
  const { x, y, w, h } = tile?.place ?? {}
  const isPlaced = [x, y, w, h].every(value => Number.isInteger(value))
  if (!isPlaced || typeof tile?.id !== 'string') return false
  if (tile.kind === 'text') return typeof tile.markdown === 'string'
  return tile.kind === 'cell' && typeof tile.notebook === 'string' && typeof tile.cell === 'string'
}

export type DashboardEvent =
  | { type: 'titled'; title: string }
  | { type: 'placed'; places: ReadonlyMap<string, TilePlace> }
  | { type: 'added'; tile: Tile }
  | { type: 'removed'; id: string }
  | { type: 'changed'; id: string; change: Partial<Tile> }

export function reduceDashboard(dashboard: Dashboard, event: DashboardEvent): Dashboard {
  const { tiles } = dashboard
  switch (event.type) {
    case 'titled':
      return { ...dashboard, title: event.title }
    case 'added':
      return { ...dashboard, tiles: [...tiles, event.tile] }
    case 'removed':
      return { ...dashboard, tiles: tiles.filter(tile => tile.id !== event.id) }
    case 'changed':
      return {
        ...dashboard,
        tiles: tiles.map(tile =>
          tile.id === event.id ? ({ ...tile, ...event.change } as Tile) : tile,
        ),
      }
    case 'placed': {
      const isMoved = tiles.some(tile => !isSamePlace(tile.place, event.places.get(tile.id)))
      if (!isMoved) return dashboard
      return {
        ...dashboard,
        tiles: tiles.map(tile => ({ ...tile, place: event.places.get(tile.id) ?? tile.place })),
      }
    }
  }
}

function isSamePlace(a: TilePlace, b: TilePlace | undefined): boolean {
  return !b || (a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h)
}

/** The first place, from the top, where a tile of this size covers no other. */
export function freePlace(tiles: readonly Tile[], size: { w: number; h: number }): TilePlace {
  for (let y = 0; ; y += 1) {
    for (let x = 0; x + size.w <= gridColumns; x += 1) {
      const place = { x, y, ...size }
      if (tiles.every(tile => !overlaps(place, tile.place))) return place
    }
  }
}

function overlaps(a: TilePlace, b: TilePlace): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

/** A name that no tile has. */
export function freeTileId(tiles: readonly Tile[]): string {
  for (let number = tiles.length + 1; ; number += 1) {
    const id = `t${number}`
    if (tiles.every(tile => tile.id !== id)) return id
  }
}
