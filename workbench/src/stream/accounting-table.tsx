import type { PartitionStatus } from '../../../backend/contract/ingest.ts'
import { AddsUp } from './adds-up.tsx'
import styles from './stream-page.module.css'

const columns = [
  'Partition',
  'Lag',
  'Committed',
  'Rows',
  'Dead letters',
  'Duplicates',
  'Adds up',
] as const

/** What became of every offset that the lake has committed, for each partition. */
export function AccountingTable({ partitions }: { partitions: readonly PartitionStatus[] }) {
  return (
    <section>
      <h2 className={styles.title}>Accounts</h2>
      <p className={styles.note}>offsets committed = rows + dead letters + duplicates</p>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map(title => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {partitions.map(({ partition, lag, accounting }) => {
            const { startOffset, endOffset, rows, deadLetters, duplicates } = accounting
            const committed = endOffset - startOffset
            const addsUp = committed === rows + deadLetters + duplicates
            return (
              <tr key={partition}>
                {[partition, lag, committed, rows, deadLetters, duplicates].map((value, index) => (
                  <td key={columns[index]}>{value.toLocaleString('en')}</td>
                ))}
                <td>
                  <AddsUp isTrue={addsUp} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
