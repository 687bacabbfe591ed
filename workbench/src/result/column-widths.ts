import type { ColumnFormat } from './column-format.ts'
import { typeLabel } from './column-kind.ts'
import type { Result } from './result.ts'

const sampleRowsMax = 60
const widthMinPx = 76
const widthMaxPx = 340
const paddingPx = 30
const characterPx = 7.4
const smallCharacterPx = 6.3

/** Widths that show a sample of each column's values and its header in full, within bounds. */
export function naturalWidths(result: Result, formats: readonly ColumnFormat[]): number[] {
  const rows = Math.min(result.rows, sampleRowsMax)
  return result.columns.map((column, index) => {
    const format = formats[index]
    let longest = column.nullCount > 0 ? 4 : 0
    for (let row = 0; row < rows; row += 1) {
      longest = Math.max(longest, format?.(column.at(row)).length ?? 0)
    }
    const label = typeLabel(column.sqlType).length + (column.nullCount > 0 ? 11 : 0)
    const content = Math.max(longest * characterPx, (column.name.length + 2) * characterPx)
    const natural = Math.max(content, label * smallCharacterPx) + paddingPx
    return Math.round(Math.min(widthMaxPx, Math.max(widthMinPx, natural)))
  })
}

/** Shares the room that is left among the columns that nobody has resized, in proportion to their widths. */
export function fitWidths(
  natural: readonly number[],
  fixed: readonly (number | undefined)[],
  room: number,
): number[] {
  const widths = natural.map((width, i) => fixed[i] ?? width)
  const taken = widths.reduce((sum, width) => sum + width, 0)
  const flexible = widths.reduce((sum, width, i) => (fixed[i] === undefined ? sum + width : sum), 0)
  const left = room - taken
  if (left <= 0 || flexible === 0) return widths
  return widths.map((width, i) => {
    return fixed[i] === undefined ? width + Math.floor((left * width) / flexible) : width
  })
}
