import { expect, test } from 'vitest'
import { moveSelection, rangeOf } from './grid-selection.ts'

const extent = { rows: 100, columns: 3, pageRows: 10 }
const at = (row: number, column: number) => ({ active: { row, column }, anchor: { row, column } })
const press = (key: string, more = {}) => ({ key, isShift: false, isCommand: false, ...more })

test.each([
  ['ArrowDown', {}, [5, 1]],
  ['ArrowUp', {}, [3, 1]],
  ['PageDown', {}, [14, 1]],
  ['PageUp', {}, [0, 1]],
  ['End', {}, [4, 2]],
  ['Home', {}, [4, 0]],
  ['End', { isCommand: true }, [99, 2]],
  ['ArrowDown', { isCommand: true }, [99, 1]],
])('%s %o moves from (4, 1)', (key, more, [row, column]) => {
  const moved = moveSelection(at(4, 1), press(key, more), extent)
  expect(moved?.active).toEqual({ row, column })
  expect(moved?.anchor).toEqual({ row, column })
})

test('the header is above the first row, and nothing is above it', () => {
  expect(moveSelection(at(0, 0), press('ArrowUp'), extent)?.active.row).toBe(-1)
  expect(moveSelection(at(-1, 0), press('ArrowUp'), extent)?.active.row).toBe(-1)
})

test('shift keeps the other corner', () => {
  const grown = moveSelection(at(4, 1), press('ArrowDown', { isShift: true }), extent)
  expect(grown && rangeOf(grown)).toEqual({ top: 4, bottom: 5, left: 1, right: 1 })
})

test('all is selected at once, and other keys move nothing', () => {
  const all = moveSelection(at(4, 1), press('a', { isCommand: true }), extent)
  expect(all && rangeOf(all)).toEqual({ top: 0, bottom: 99, left: 0, right: 2 })
  expect(moveSelection(at(4, 1), press('x'), extent)).toBeNull()
})
