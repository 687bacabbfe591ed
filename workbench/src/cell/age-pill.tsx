import { Hint } from '../ui/hint.tsx'
import { useNow } from '../ui/now.ts'
import { Pill, type PillTone } from '../ui/pill.tsx'
import { type AgeLevel, ageAt, ageLevel, ageText, type DataAge } from './data-age.ts'

export const ageTones: Record<AgeLevel, PillTone> = { fresh: 'live', late: 'stale', old: 'failed' }

interface AgePillProps {
  age: DataAge
  isLive: boolean
}

/** How old the data is: of a live result with a budget, of another as it is. */
export function AgePill({ age, isLive }: AgePillProps) {
  const now = useNow(isLive ? 'fast' : 'slow')
  const ageMs = ageAt(age, now)
  const text = `${ageText(ageMs)} old`
  const hint = 'All that was appended before then is in this result'
  return (
    <Hint text={hint}>
      {isLive ? (
        <Pill tone={ageTones[ageLevel(ageMs)]} dot="still">
          live · {text}
        </Pill>
      ) : (
        <Pill tone="plain">{text}</Pill>
      )}
    </Hint>
  )
}
