import { tabbedText } from './export-text.ts'
import type { GridRange } from './grid-selection.ts'
import type { Result } from './result.ts'

/** With more of them the page would stand still. */
export const copiedValuesMax = 1_000_000

export interface CopiedText {
  readonly text: string
  /** What is said where not all of the range could be copied. */
  readonly note: string | null
}

/** The values of a range as text with tabs, below the names of their columns where they are several. */
export function copiedText(
  range: GridRange,
  { result, order }: { readonly result: Result; readonly order: ArrayLike<number> | null },
  valuesMax = copiedValuesMax,
): CopiedText | null {
  const top = Math.max(0, range.top)
  const columns = result.columns.slice(range.left, range.right + 1)
  const wanted = range.bottom - top + 1
  const rowCount = Math.min(wanted, Math.floor(valuesMax / columns.length))
  if (rowCount < 1) return null
  const rows = Array.from({ length: rowCount }, (_, i) => {
    const row = order?.[top + i] ?? top + i
    return columns.map(column => column.at(row))
  })
  const isMany = rowCount * columns.length > 1
  const header = isMany ? `${columns.map(column => column.name).join('\t')}\n` : ''
  const [copied, of] = [rowCount, wanted].map(count => count.toLocaleString('en'))
  const note =
    rowCount === wanted ? null : `Copied the first ${copied} of ${of} rows: Export takes them all.`
  return { text: header + tabbedText(rows, columns), note }
}
