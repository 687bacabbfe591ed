import type { PartitionStatus } from '../../../backend/contract/ingest.ts'
import { CountsTable, countText, type PartitionRow } from './counts-table.tsx'
import styles from './stream-page.module.css'

const columns = ['Lag', 'Committed', 'Rows', 'Dead letters', 'Duplicates']

/** What became of every offset that the lake has committed, for each partition. */
export function AccountingTable({ partitions }: { partitions: readonly PartitionStatus[] }) {
  return (
    <section>
      <h2 className={styles.title}>Accounts</h2>
      <p className={styles.note}>offsets committed = rows + dead letters + duplicates</p>
      <CountsTable columns={columns} rows={partitions.map(rowOf)} />
    </section>
  )
}

function rowOf({ partition, lag, accounting }: PartitionStatus): PartitionRow {
  const { startOffset, endOffset, rows, deadLetters, duplicates } = accounting
  const committed = endOffset - startOffset
  return {
    partition,
    cells: [lag, committed, rows, deadLetters, duplicates].map(countText),
    addsUp: committed === rows + deadLetters + duplicates,
  }
}
