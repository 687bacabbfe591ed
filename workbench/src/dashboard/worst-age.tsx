import { useStore } from '../base/use-store.ts'
import { ageTones } from '../cell/age-pill.tsx'
import { Hint } from '../ui/hint.tsx'
import { useNow } from '../ui/now.ts'
import { Pill } from '../ui/pill.tsx'
import { dashboardAge, type TileAges } from './tile-ages.ts'

/** The age of the oldest data on the dashboard. */
export function WorstAge({ ages }: { ages: TileAges }) {
  const tiles = useStore(ages.ages)
  const age = dashboardAge([...tiles.values()], useNow('fast'))
  if (!age) return null
  return (
    <Hint text={age.detail}>
      <Pill tone={age.level ? ageTones[age.level] : 'plain'}>{age.text}</Pill>
    </Hint>
  )
}
