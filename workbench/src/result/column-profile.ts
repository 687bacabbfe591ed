import { isNumeric, isTemporal } from './column-kind.ts'
import type { ResultColumn, Value } from './result.ts'

/** What a header shows of its column. */
export interface ColumnProfile {
  readonly nullShare: number
  /** Heights from 0 to 1: values in equal steps for numbers and times, the most frequent ones for the others. */
  readonly bars: readonly number[]
}

const sampleRowsMax = 5_000
const barsMax = 8

export function profileColumn(column: ResultColumn, rows: number): ColumnProfile {
  const nullShare = rows === 0 ? 0 : column.nullCount / rows
  const sample = sampleValues(column, rows)
  const isMeasured = isNumeric(column.kind) || isTemporal(column.kind)
  const counts = isMeasured ? stepCounts(sample) : frequentCounts(sample)
  const most = Math.max(...counts, 1)
  return { nullShare, bars: counts.map(count => count / most) }
}

/** A share in the fewest characters that are not wrong: nothing, `<1%`, or whole per cents. */
export function nullShareText(share: number): string {
  if (share === 0) return ''
  if (share < 0.01) return '<1% null'
  return share > 0.99 && share < 1 ? '>99% null' : `${Math.round(share * 100)}% null`
}

function sampleValues(column: ResultColumn, rows: number): Value[] {
  const step = Math.max(1, Math.floor(rows / sampleRowsMax))
  const values: Value[] = []
  for (let row = 0; row < rows; row += step) {
    const value = column.at(row)
    if (value !== null && value !== undefined) values.push(value)
  }
  return values
}

function stepCounts(values: Value[]): number[] {
  const numbers = values.map(Number).filter(Number.isFinite)
  if (numbers.length === 0) return []
  const low = numbers.reduce((a, b) => Math.min(a, b))
  const high = numbers.reduce((a, b) => Math.max(a, b))
  if (low === high) return [numbers.length]
  const counts = new Array<number>(barsMax).fill(0)
  for (const number of numbers) {
    const bar = Math.min(barsMax - 1, Math.floor(((number - low) / (high - low)) * barsMax))
    counts[bar] = (counts[bar] ?? 0) + 1
  }
  return counts
}

function frequentCounts(values: Value[]): number[] {
  const counts = new Map<string, number>()
  for (const value of values) {
    const key = String(value)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts.values()].toSorted((a, b) => b - a).slice(0, barsMax)
}
