import { type KeyboardEvent, useCallback, useState } from 'react'
import type { Tile, TilePlace } from '../../../backend/contract/documents.ts'
import { type DashboardEvent, gridColumns } from './dashboard-file.ts'

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** Moves and resizes a tile by arrow keys. */
export function usePlaceKeys(tile: Tile, apply: (event: DashboardEvent) => void) {
  const [isOn, setOn] = useState(false)
  const focus = useCallback((element: HTMLElement | null) => element?.focus(), [])
  return {
    isOn,
    focus,
    start: () => setOn(true),
    stop: () => setOn(false),
    onKeyDown(event: KeyboardEvent): void {
      if (event.key === 'Enter' || event.key === 'Escape') setOn(false)
      const step = steps[event.key]
      if (!step) return
      event.preventDefault()
      const place = event.shiftKey ? resized(tile.place, step) : moved(tile.place, step)
      apply({ type: 'placed', places: new Map([[tile.id, place]]) })
    },
  }
}

function moved({ x, y, w, h }: TilePlace, [dx, dy]: readonly [number, number]): TilePlace {
  return { x: Math.min(Math.max(0, x + dx), gridColumns - w), y: Math.max(0, y + dy), w, h }
}

function resized({ x, y, w, h }: TilePlace, [dx, dy]: readonly [number, number]): TilePlace {
  return { x, y, w: Math.min(Math.max(1, w + dx), gridColumns - x), h: Math.max(1, h + dy) }
}
