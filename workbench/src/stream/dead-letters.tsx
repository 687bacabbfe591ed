import { CircleCheck } from 'lucide-react'
import { useLiveResult } from '../dashboard/use-live-result.ts'
import type { Result } from '../result/result.ts'
import { gridHeight, ResultGrid } from '../result/result-grid.tsx'
import styles from './stream-page.module.css'

const lettersMax = 500
const rowsShownMax = 12

/** Values that are no rows of the stream, the newest first, and how many there are of each reason. */
export function DeadLetters({ stream }: { stream: string }) {
  const name = stream.replaceAll("'", "''")
  const reasons = useLiveResult(
    `SELECT reason, count(*) AS letters FROM dead_letters WHERE stream = '${name}' GROUP BY ALL ORDER BY letters DESC`,
  )
  const letters = useLiveResult(
    `SELECT appended_at, reason, detail, raw, log_partition, log_offset FROM dead_letters
     WHERE stream = '${name}' ORDER BY appended_at DESC, log_offset DESC LIMIT ${lettersMax}`,
  )
  const { result, problem } = letters
  return (
    <section>
      <h2 className={styles.title}>Dead letters</h2>
      {problem && <p className={styles.problem}>{problem.detail}</p>}
      {reasons.result && <p className={styles.note}>{reasonsText(reasons.result)}</p>}
      {result && result.rows > 0 && (
        <div className={styles.letters}>
          <ResultGrid
            result={result}
            label="Dead letters"
            height={gridHeight(Math.min(result.rows, rowsShownMax))}
          />
        </div>
      )}
      {result && result.rows === 0 && (
        <p className={styles.none}>
          <CircleCheck size={15} aria-hidden /> Every event fits the stream’s definition.
        </p>
      )}
    </section>
  )
}

function reasonsText(result: Result): string {
  const [reason, letters] = result.columns
  if (!reason || !letters) return ''
  const rows = Array.from({ length: result.rows }, (_, row) => row)
  return rows
    .map(row => `${reason.at(row)}: ${Number(letters.at(row)).toLocaleString('en')}`)
    .join(' · ')
}
