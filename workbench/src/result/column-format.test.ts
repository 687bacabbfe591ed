import { describe, expect, test } from 'vitest'
import { columnFormat, numberText } from './column-format.ts'
import { madeResult } from './made-result.ts'
import type { Value } from './result.ts'

function shown(values: readonly Value[], name = 'x', sqlType = 'DOUBLE'): string[] {
  const result = madeResult({ [name]: [sqlType, values] })
  const [column] = result.columns
  if (!column) throw new Error('no column')
  return values.map(columnFormat(column, result))
}

describe('doubles of a column', () => {
  test('have the digits that any row needs, not only the first ones', () => {
    const texts = shown([...Array.from({ length: 5_000 }, (_, row) => row % 7), 2.5, 0.4])
    expect(texts.slice(-2)).toEqual(['2.5', '0.4'])
    expect(texts[1]).toBe('1.0')
  })

  test('never show another number: what rounding would change has digits of its own', () => {
    const texts = shown([1234.567, 0.0042, 0.126, 0.0012345678, -0.004])
    expect(texts).toEqual(['1,234.57', '0.0042', '0.126', '0.00123457', '-0.004'])
  })

  test('are whole where all of them are', () => {
    expect(shown([3, 1e6, 0, -2])).toEqual(['3', '1,000,000', '0', '-2'])
  })

  test('say less of what is small beside what is large', () => {
    expect(shown([100.123456, 50.123456])).toEqual(['100.12', '50.12'])
    expect(shown([10.123456])).toEqual(['10.1235'])
    expect(shown([0.123456789])).toEqual(['0.123457'])
  })

  test('may be no numbers, or beyond what digits can write', () => {
    expect(shown([Number.NaN, Number.POSITIVE_INFINITY, 1.5])).toEqual(['NaN', 'Infinity', '1.5'])
    expect(shown([1.5e300, 4.2e-9])).toEqual(['1.5000e+300', '4.2e-9'])
  })

  test('are read once, however often the column is formatted', () => {
    const result = madeResult({ x: ['DOUBLE', [1, 2, 3]] })
    let reads = 0
    const columns = result.columns.map(column => ({
      ...column,
      at: (row: number) => {
        reads += 1
        return column.at(row)
      },
    }))
    const [column] = columns
    if (!column) throw new Error('no column')
    for (let times = 0; times < 5; times += 1) columnFormat(column, result)(2)
    expect(reads).toBe(3)
  })
})

test('numbers that name something have no commas', () => {
  expect(shown([20_191_007n], 'order_id', 'BIGINT')).toEqual(['20191007'])
  expect(shown([20_191_007n], 'orders', 'BIGINT')).toEqual(['20,191,007'])
})

test('a number that stands alone has its own digits', () => {
  const [column] = madeResult({ order_id: ['DOUBLE', [0]] }).columns
  if (!column) throw new Error('no column')
  const texts = [2, 2.5, 1234.5678, 0.0042].map(value => numberText(value, column))
  expect(texts).toEqual(['2', '2.5', '1,234.57', '0.0042'])
})
