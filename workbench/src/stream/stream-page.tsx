import { Gauge } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { StreamStatus } from '../../../backend/contract/ingest.ts'
import { useApi } from '../api-client/api-context.ts'
import { useStore } from '../base/use-store.ts'
import { Sparkline } from '../chart/sparkline.tsx'
import { classes } from '../ui/classes.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Pill } from '../ui/pill.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { AccountingTable } from './accounting-table.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { durationText, rateText } from './stream-health.ts'
import styles from './stream-page.module.css'
import { Verified } from './verified.tsx'

/** How events get in: rate, lag, freshness, commits, accounts, and what was set aside. */
export function StreamPage({ stream }: { stream: string | null }) {
  const heard = useStore(useApi().live.streams)
  if (!heard) return null
  const status =
    heard.streams.find(each => each.stream === stream) ?? (stream ? null : heard.streams[0])
  if (!status) {
    return (
      <EmptyState icon={<Gauge size={28} />} title={`There is no stream ${stream}`}>
        Streams are defined by files: see docs/streams.md.
      </EmptyState>
    )
  }
  return (
    <div className={styles.page}>
      <nav className={styles.tabs} aria-label="Streams">
        {heard.streams.map(each => (
          <Link
            key={each.stream}
            href={`/streams/${encodeURIComponent(each.stream)}`}
            className={classes(styles.tab, each === status && styles.current)}
            aria-current={each === status ? 'page' : undefined}
          >
            {each.stream}
          </Link>
        ))}
      </nav>
      <StreamOverview key={status.stream} status={status} />
    </div>
  )
}

const tones = {
  starting: 'stale',
  running: 'live',
  paused: 'stale',
  halted: 'failed',
  stopped: 'failed',
} as const

function StreamOverview({ status }: { status: StreamStatus }) {
  const { state, problem, lastCommit, freshnessMs } = status
  const rates = useHistory(status)
  return (
    <>
      <header className={styles.head}>
        <h1>{status.stream}</h1>
        <Pill tone={tones[state]} dot="still">
          {state}
        </Pill>
      </header>
      {problem && (
        <p className={styles.problem} role="alert">
          <strong>{problem.detail}</strong> {problem.hint}
        </p>
      )}
      <div className={styles.figures}>
        <Figure title="Events a second" value={rateText(status.eventsPerSecond)}>
          <Sparkline values={rates} color={1} />
        </Figure>
        <Figure title="Lag" value={status.lag.toLocaleString('en')}>
          <p className={styles.note}>appended and not visible yet</p>
        </Figure>
        <Figure
          title="Append to visible, median"
          value={freshnessMs.p50 === null ? '–' : durationText(freshnessMs.p50)}
        >
          <Percentiles p95={freshnessMs.p95} p99={freshnessMs.p99} />
        </Figure>
        <Figure
          title="Last commit"
          value={lastCommit ? `version ${lastCommit.version}` : 'none yet'}
        >
          {lastCommit && (
            <p className={styles.note}>
              {lastCommit.rows.toLocaleString('en')} rows in {lastCommit.files} files,{' '}
              {durationText(lastCommit.durationMs)}, <TimeAgo at={Date.parse(lastCommit.at)} />
            </p>
          )}
        </Figure>
      </div>
      <AccountingTable partitions={status.partitions} />
      <Verified stream={status.stream} />
      <DeadLetters stream={status.stream} />
    </>
  )
}

function Figure({
  title,
  value,
  children,
}: {
  title: string
  value: string
  children?: React.ReactNode
}) {
  return (
    <section className={styles.figure}>
      <h2>{title}</h2>
      <p className={styles.value}>{value}</p>
      <div className={styles.below}>{children}</div>
    </section>
  )
}

const budgetMs = 300

/** The slower ones, as bars against the budget. */
function Percentiles({ p95, p99 }: { p95: number | null; p99: number | null }) {
  const longest = Math.max(budgetMs * 1.25, p99 ?? 0)
  return (
    <dl
      className={styles.percentiles}
      style={{ '--budget': `${(budgetMs / longest) * 100}%` } as React.CSSProperties}
    >
      {[
        ['p95', p95],
        ['p99', p99],
      ].map(([name, ms]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span
              className={classes(styles.bar, Number(ms) > budgetMs && styles.over)}
              style={{ width: `${(Number(ms ?? 0) / longest) * 100}%` }}
            />
            <span className={styles.barText}>{ms === null ? '–' : durationText(Number(ms))}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

const historyMax = 120

/** The rate of the last two minutes, for as long as the page is open. */
function useHistory(status: StreamStatus): readonly number[] {
  const [rates, setRates] = useState<readonly number[]>([])
  useEffect(() => {
    setRates(before => [...before.slice(1 - historyMax), status.eventsPerSecond])
  }, [status])
  return rates
}
