import { expect, test } from 'vitest'
import { columnFormat } from './column-format.ts'
import { madeResult } from './made-result.ts'

/** How values are shown below many rows of another one. */
function shownAfter(sample: number, values: readonly number[]): string[] {
  const result = madeResult({ x: ['DOUBLE', [...Array(300).fill(sample), ...values]] })
  const [column] = result.columns
  if (!column) throw new Error('no column')
  const format = columnFormat(column, result)
  return values.map((_, index) => format(column.at(300 + index)))
}

test('rows that the first ones are not like keep what they say', () => {
  expect(shownAfter(3, [2.5, 0.4, -0.125, 1_234_567.25, 1 / 3, 7, 0])).toEqual([
    ...['2.5', '0.4', '-0.125', '1,234,567.25', '0.333333', '7', '0'],
  ])
  expect(shownAfter(512.25, [0.0042, -0.004, 0.125, 99.995, 1_000.123, 0])).toEqual([
    ...['0.0042', '-0.004', '0.125', '100.00', '1,000.12', '0.00'],
  ])
  expect(shownAfter(3, [1e-9, 1e20, 2.5e-7])).toEqual(['1.0000e-9', '1.0000e+20', '2.5000e-7'])
})
