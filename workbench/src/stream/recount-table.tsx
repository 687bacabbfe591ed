import type { OffsetRange, PartitionCount } from '../../../backend/contract/verification.ts'
import { AddsUp } from './adds-up.tsx'
import styles from './stream-page.module.css'

const columns = [
  'Partition',
  'Offsets',
  'Rows',
  'Dead letters',
  'Duplicates',
  'Set aside',
  'Tail',
  'Log',
  'Adds up',
] as const

/** What a check has counted of each partition. */
export function RecountTable({ partitions }: { partitions: readonly PartitionCount[] }) {
  return (
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
        {partitions.map(part => (
          <tr key={part.partition}>
            {cellsOf(part).map((cell, index) => (
              <td key={columns[index]}>{cell}</td>
            ))}
            <td>
              <AddsUp isTrue={part.addsUp} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function cellsOf(part: PartitionCount): string[] {
  const { startOffset, endOffset, log } = part
  const counts = [part.rows, part.deadLetters, part.duplicates, part.setAside, part.tail]
  return [
    String(part.partition),
    rangeText({ startOffset, endOffset }),
    ...counts.map(value => value.toLocaleString('en')),
    rangeText(log),
  ]
}

function rangeText({ startOffset, endOffset }: OffsetRange): string {
  return endOffset > startOffset ? `${startOffset} – ${endOffset - 1}` : 'none'
}
