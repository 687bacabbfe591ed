import { Check, X } from 'lucide-react'
import { Hint } from '../ui/hint.tsx'
import styles from './stream-page.module.css'

/** Whether the identity of a partition holds. */
export function AddsUp({ isTrue }: { isTrue: boolean }) {
  const text = isTrue ? 'Every offset is accounted for' : 'Some offsets are not accounted for'
  return (
    <Hint text={text}>
      <span className={isTrue ? styles.good : styles.bad}>
        {isTrue ? <Check size={15} aria-label={text} /> : <X size={15} aria-label={text} />}
      </span>
    </Hint>
  )
}
