import type { ChartRow } from './chart-data.ts'

/** A row of a chart, and the object that Vega has of it, to which it adds what it works out. */
export interface DrawnRow {
  readonly row: ChartRow
  readonly datum: ChartRow
}

/** What makes the rows of a chart of those before, in their order: some go, and others come after those that stay. */
export interface RowChange {
  readonly rows: readonly DrawnRow[]
  readonly gone: readonly ChartRow[]
  readonly come: readonly ChartRow[]
}

/** A series goes on at its end and loses its oldest rows: what it has in between stays. */
export function rowChange(before: readonly DrawnRow[], next: readonly ChartRow[]): RowChange {
  const from = placeOf(next[0], before)
  let to = from
  while (isEqualAt(before[to], next[to - from])) to += 1
  const comes = next.slice(to - from).map(row => ({ row, datum: { ...row } }))
  const goes = [...before.slice(0, from), ...before.slice(to)]
  return {
    rows: [...before.slice(from, to), ...comes],
    gone: goes.map(({ datum }) => datum),
    come: comes.map(({ datum }) => datum),
  }
}

/** Where a row stands; behind all of them when it does not. */
function placeOf(row: ChartRow | undefined, rows: readonly DrawnRow[]): number {
  const names = String(Object.keys(row ?? {}))
  const isAlike = names === String(Object.keys(rows[0]?.row ?? {}))
  const place = isAlike ? rows.findIndex(each => isEqualAt(each, row)) : -1
  return place === -1 ? rows.length : place
}

function isEqualAt(drawn: DrawnRow | undefined, row: ChartRow | undefined): boolean {
  return drawn !== undefined && row !== undefined && isEqual(drawn.row, row)
}

function isEqual(one: ChartRow, other: ChartRow): boolean {
  for (const name in other) if (!Object.is(one[name], other[name])) return false
  return true
}
