import { Store } from '../base/store.ts'
import { type AgeLevel, ageAt, ageLevel, ageText, type DataAge } from '../cell/data-age.ts'
import type { TileResult } from './tile-result.ts'

/** What a tile says of the age of its data. */
export type TileAge =
  | { readonly is: 'known'; readonly age: DataAge; readonly isLive: boolean }
  | { readonly is: 'awaited' }
  /** It has no data to show, and says why. */
  | { readonly is: 'missing' }

/** How old the data of each tile is; a tile that reads no stream is not among them. */
export class TileAges {
  readonly ages = new Store<ReadonlyMap<string, TileAge>>(new Map())

  set(id: string, age: TileAge | null): void {
    this.ages.update(ages => {
      const next = new Map(ages)
      if (age) next.set(id, age)
      else next.delete(id)
      return next
    })
  }
}

export const awaited: TileAge = { is: 'awaited' }
export const missing: TileAge = { is: 'missing' }

/** Null when the tile has a result that does not age. */
export function tileAge({ age, result, problem }: TileResult, isLive: boolean): TileAge | null {
  if (problem) return missing
  if (age) return { is: 'known', age, isLive }
  return result ? null : awaited
}

/** The age of a dashboard: that of its oldest data. */
export interface DashboardAge {
  readonly text: string
  /** By the budget of what is live, and at its worst where a tile has no data; null when nothing is live. */
  readonly level: AgeLevel | null
  readonly detail: string
}

/** Null when no tile has said anything yet. */
export function dashboardAge(tiles: readonly TileAge[], now: number): DashboardAge | null {
  const missingCount = tiles.filter(({ is }) => is === 'missing').length
  const known = tiles.filter(tile => tile.is === 'known')
  const live = known.filter(({ isLive }) => isLive)
  if (known.length === 0 && missingCount === 0) return null
  const which = known.length === tiles.length ? 'all' : `${known.length} of ${tiles.length}`
  return {
    text:
      known.length === 0
        ? withoutData(missingCount)
        : `${which} within ${ageText(worst(known, now))}`,
    level: missingCount > 0 ? 'old' : live.length === 0 ? null : ageLevel(worst(live, now)),
    detail:
      missingCount === 0
        ? 'All that was appended before then is on this dashboard'
        : `${withoutData(missingCount)}: the reason is on them`,
  }
}

function worst(known: readonly { age: DataAge }[], now: number): number {
  return Math.max(...known.map(({ age }) => ageAt(age, now)))
}

function withoutData(count: number): string {
  return count === 1 ? '1 tile has no data' : `${count} tiles have no data`
}
