import { TableHead } from '../ui/table-head.tsx'
import { AddsUp } from './adds-up.tsx'
import styles from './stream-page.module.css'

export interface PartitionRow {
  readonly partition: number
  /** What stands behind the partition, in the order of the columns. */
  readonly cells: readonly string[]
  readonly addsUp: boolean
}

/** Counts of each partition, and whether they add up. */
export function CountsTable({
  columns,
  rows,
}: {
  columns: readonly string[]
  rows: readonly PartitionRow[]
}) {
  return (
    <table className={styles.table}>
      <TableHead titles={['Partition', ...columns, 'Adds up']} />
      <tbody>
        {rows.map(({ partition, cells, addsUp }) => (
          <tr key={partition}>
            <td>{partition}</td>
            {cells.map((cell, index) => (
              <td key={columns[index]}>{cell}</td>
            ))}
            <td>
              <AddsUp isTrue={addsUp} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** With separators of thousands. */
export function countText(count: number): string {
  return count.toLocaleString('en')
}
