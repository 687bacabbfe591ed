import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChartRow } from './chart-data.ts'
import { type DrawnRow, rowChange } from './row-change.ts'

const drawn = (rows: readonly ChartRow[]): readonly DrawnRow[] => rowChange([], rows).rows
const series = (from: number, to: number): ChartRow[] =>
  Array.from({ length: to - from }, (_, n) => ({ time: from + n, events: 10 * (from + n) }))

test('what stays and what comes are the next rows, in their order', () => {
  const rows = fc.array(fc.record({ x: fc.nat(3), y: fc.constantFrom(null, Number.NaN, 'a') }))
  fc.assert(
    fc.property(rows, rows, (first, next) => {
      const before = drawn(first)
      const change = rowChange(before, next)
      const gone = new Set(change.gone)
      const stays = before.map(({ datum }) => datum).filter(datum => !gone.has(datum))
      expect([...stays, ...change.come]).toEqual(next)
      expect(change.rows.map(({ datum }) => datum)).toEqual([...stays, ...change.come])
    }),
  )
})

test('of a series that goes on only the last row goes, and the newest come', () => {
  const before = drawn(series(0, 100))
  const next = [...series(0, 99), { time: 99, events: 1 }, { time: 100, events: 1 }]
  const { gone, come } = rowChange(before, next)
  expect(gone).toEqual(series(99, 100))
  expect(come).toEqual(next.slice(99))
})

test('of a window that moves the oldest rows go', () => {
  const { gone, come } = rowChange(drawn(series(0, 100)), series(2, 101))
  expect(gone).toEqual(series(0, 2))
  expect(come).toEqual(series(100, 101))
})

test('rows with other columns all go', () => {
  const before = drawn([{ x: 1, y: 2 }])
  expect(rowChange(before, [{ x: 1 }])).toMatchObject({ gone: [{ x: 1, y: 2 }], come: [{ x: 1 }] })
})

test('what Vega does to its objects changes nothing', () => {
  const before = drawn(series(0, 2))
  for (const { datum } of before) datum.events = 7
  expect(rowChange(before, series(0, 2))).toMatchObject({ gone: [], come: [] })
})
