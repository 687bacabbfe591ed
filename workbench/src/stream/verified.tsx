import { CircleCheck } from 'lucide-react'
import type { Verification, VerificationReport } from '../../../backend/contract/verification.ts'
import { Button } from '../ui/button.tsx'
import { Pill } from '../ui/pill.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { RecountTable } from './recount-table.tsx'
import styles from './stream-page.module.css'
import { isUnderWay, useVerification } from './use-verification.ts'
import verified from './verified.module.css'

/** Whether log, lake and tail were found to hold each offset once and as it was written, and when. */
export function Verified({ stream }: { stream: string }) {
  const { verification, problem, start, cancel } = useVerification(stream)
  const trouble = problem ?? verification?.problem
  return (
    <section aria-label="Verified">
      <header className={verified.head}>
        <h2 className={styles.title}>Verified</h2>
        {verification?.report && <Verdict report={verification.report} />}
        <span className={verified.actions}>
          {verification && isUnderWay(verification) ? (
            <>
              <Progress verification={verification} />
              <Button onClick={cancel}>Cancel</Button>
            </>
          ) : (
            <Button onClick={start} disabled={!verification}>
              Verify now
            </Button>
          )}
        </span>
      </header>
      {trouble && <p className={styles.problem}>{trouble.detail}</p>}
      {verification && <Report report={verification.report} />}
    </section>
  )
}

function Verdict({ report: { findings } }: { report: VerificationReport }) {
  if (findings.length === 0) return <Pill tone="live">sound</Pill>
  return (
    <Pill tone="failed">
      {findings.length} {findings.length === 1 ? 'finding' : 'findings'}
    </Pill>
  )
}

const steps = {
  commits: 'Reading commits',
  files: 'Reading files',
  tail: 'Reading the tail',
  log: 'Reading the log',
  counts: 'Counting',
} as const

function Progress({ verification: { progress } }: { verification: Verification }) {
  if (!progress) return <span className={styles.note}>Waiting for another check</span>
  const { step, done, total } = progress
  const percent = total > 0 ? Math.floor((done / total) * 100) : 0
  return (
    <span className={verified.progress} role="status">
      <span className={styles.note}>{steps[step]}</span>
      <progress value={percent} max={100} aria-label={steps[step]} />
    </span>
  )
}

function Report({ report }: { report: VerificationReport | null }) {
  if (!report) {
    const text = 'Recounts log, lake and tail, and holds files and commits against their checksums.'
    return <p className={styles.note}>{text}</p>
  }
  return (
    <>
      <p className={styles.note}>
        <TimeAgo at={Date.parse(report.endedAt)} />, version {report.version}: {readText(report)}
      </p>
      {report.findings.length === 0 ? (
        <p className={styles.none}>
          <CircleCheck size={15} aria-hidden /> {soundText(report)}
        </p>
      ) : (
        <ul className={verified.findings}>
          {report.findings.map(({ kind, detail }) => (
            <li key={detail}>
              <Pill tone="failed">{kind}</Pill>
              <span className={verified.detail}>{detail}</span>
            </li>
          ))}
        </ul>
      )}
      <RecountTable partitions={report.partitions} />
    </>
  )
}

function readText({ files, commits, logOffsets }: VerificationReport): string {
  const unsealed = files.unsealed + commits.unsealed
  const without = unsealed > 0 ? `; ${count(unsealed)} of them without a checksum` : ''
  return `${count(files.checked)} files, ${count(commits.checked)} commits and ${count(logOffsets)} offsets of the log read${without}`
}

function soundText({ partitions }: VerificationReport): string {
  const setAside = partitions.reduce((sum, part) => sum + part.setAside, 0)
  const rest = setAside > 0 ? `, ${count(setAside)} of them as set aside` : ''
  return `Every offset is accounted for, once${rest}, and all is as it was written.`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
