import type { OffsetRange, PartitionCount } from '../../../backend/contract/verification.ts'
import { CountsTable, countText, type PartitionRow } from './counts-table.tsx'

const columns = ['Offsets', 'Rows', 'Dead letters', 'Duplicates', 'Set aside', 'Tail', 'Log']

/** What a check has counted of each partition. */
export function RecountTable({ partitions }: { partitions: readonly PartitionCount[] }) {
  return <CountsTable columns={columns} rows={partitions.map(rowOf)} />
}

function rowOf(part: PartitionCount): PartitionRow {
  const { partition, startOffset, endOffset, log, addsUp } = part
  const counts = [part.rows, part.deadLetters, part.duplicates, part.setAside, part.tail]
  const cells = [rangeText({ startOffset, endOffset }), ...counts.map(countText), rangeText(log)]
  return { partition, cells, addsUp }
}

function rangeText({ startOffset, endOffset }: OffsetRange): string {
  if (endOffset <= startOffset) return 'none'
  return `${countText(startOffset)} – ${countText(endOffset - 1)}`
}
