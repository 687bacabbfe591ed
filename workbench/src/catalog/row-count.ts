import type { CatalogTable } from '../../../backend/contract/catalog.ts'
import type { StreamStatus } from '../../../backend/contract/ingest.ts'

/** Rows of a table now: a stream's count goes on from what its partitions have made visible. */
export function rowsNow(table: CatalogTable, streams: readonly StreamStatus[]): number {
  const stream = streams.find(status => status.stream === table.name)
  if (table.kind !== 'stream' || table.schema !== '' || !stream) return table.rows
  const counted = stream.partitions.map(({ visibleOffset, committedOffset, accounting }) => {
    return accounting.rows + Math.max(0, visibleOffset - committedOffset)
  })
  return Math.max(
    table.rows,
    counted.reduce((sum, rows) => sum + rows, 0),
  )
}

/** A count in four characters or so: 37, 9,412, 18.4 M. */
export function shortCount(count: number): string {
  if (count < 10_000) return count.toLocaleString('en')
  const units: [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ]
  const [size, unit] = units.find(([least]) => count >= least) ?? [1, '']
  const value = count / size
  return `${value >= 100 ? Math.floor(value) : Math.floor(value * 10) / 10} ${unit}`
}
