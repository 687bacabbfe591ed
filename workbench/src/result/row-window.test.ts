import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowWindow, scrollTopFor } from './row-window.ts'

const view = { rowHeight: 28, viewHeight: 280 }

describe('the window on the rows', () => {
  test('holds the rows in view and few more', () => {
    const window = rowWindow({ ...view, rows: 1_000, scrollTop: 2_800 })
    expect([window.first, window.end, window.top(100)]).toEqual([90, 120, 2_800])
  })

  test('of a million rows reaches the first and the last one on a canvas that browsers draw', () => {
    const rows = 1_000_000
    const { canvasHeight } = rowWindow({ ...view, rows, scrollTop: 0 })
    expect(canvasHeight).toBeLessThan(17_000_000)
    const scrollTop = canvasHeight - view.viewHeight
    const end = rowWindow({ ...view, rows, scrollTop })
    expect(end.end).toBe(rows)
    expect(end.top(rows - 1) + view.rowHeight).toBeCloseTo(canvasHeight, 3)
  })

  test('any row can be brought into view', () => {
    const anyRows = fc.integer({ min: 1, max: 5_000_000 })
    fc.assert(
      fc.property(
        anyRows,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, pick, at) => {
          const row = pick % rows
          const { canvasHeight } = rowWindow({ ...view, rows, scrollTop: 0 })
          const scrollTop = at * Math.max(0, canvasHeight - view.viewHeight)
          const scroll = { ...view, rows, scrollTop }
          const next = scrollTopFor(row, scroll)
          const top = rowWindow({ ...scroll, scrollTop: next }).top(row) - next
          expect(top).toBeGreaterThan(-1)
          expect(top + view.rowHeight).toBeLessThan(view.viewHeight + 1)
        },
      ),
    )
  })
})
