import { Link } from 'wouter'
import { useApi } from '../api-client/api-context.ts'
import { useStore } from '../base/use-store.ts'
import { classes } from '../ui/classes.ts'
import { Hint } from '../ui/hint.tsx'
import styles from './live-badge.module.css'
import { durationText, rateText, streamHealth } from './stream-health.ts'

/** How the streams are doing, in every page's corner; leads to the page about them. */
export function LiveBadge() {
  const { live } = useApi()
  const link = useStore(live.link)
  const heard = useStore(live.streams)
  const health = streamHealth(link, heard)
  const stream = heard?.streams[0]?.stream
  const isNumbered = link !== 'lost' && heard !== null
  const hint = health.detail ?? 'Rate, events not yet visible, and time from append to visible'
  return (
    <Hint text={hint}>
      <Link
        href={stream ? `/streams/${encodeURIComponent(stream)}` : '/streams'}
        className={classes(styles.badge, styles[health.tone])}
      >
        <span className={styles.dot} />
        <span className={styles.word}>{health.word}</span>
        {isNumbered && (
          <span className={styles.figures}>
            <span>{rateText(health.eventsPerSecond)} ev/s</span>
            <span>lag {health.lag.toLocaleString('en')}</span>
            <span>fresh {health.freshMs === null ? '–' : durationText(health.freshMs)}</span>
          </span>
        )}
      </Link>
    </Hint>
  )
}
