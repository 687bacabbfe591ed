import { kindOf } from './column-kind.ts'
import type { Result, Value } from './result.ts'

/** A result made of plain values, for tests: each column as `[SQL type, values]`. */
export function madeResult(columns: Record<string, readonly [string, readonly Value[]]>): Result {
  const entries = Object.entries(columns)
  const rows = entries[0]?.[1][1].length ?? 0
  return {
    columns: entries.map(([name, [sqlType, values]], index) => ({
      index,
      name,
      sqlType,
      kind: kindOf(sqlType),
      scale: Number(/,(\d+)\)/.exec(sqlType)?.[1] ?? 0),
      unitsPerSecond: 1e6,
      nullCount: values.filter(value => value === null).length,
      at: row => values[row] ?? null,
    })),
    rows,
    rowsTotal: rows,
    cutBy: null,
    source: [],
  }
}
