import { useStore } from '../base/use-store.ts'
import { ageAt, ageText } from '../cell/data-age.ts'
import { useNow } from '../ui/now.ts'
import type { TileAges } from './tile-ages.ts'

/** The age of the oldest data on the dashboard. */
export function WorstAge({ ages }: { ages: TileAges }) {
  const known = useStore(ages.ages)
  const now = useNow('fast')
  if (known.size === 0) return null
  const worst = Math.max(...[...known.values()].map(age => ageAt(age, now)))
  return <>· all within {ageText(worst)}</>
}
