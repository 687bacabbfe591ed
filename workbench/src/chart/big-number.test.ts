import { describe, expect, test } from 'vitest'
import { madeResult } from '../result/made-result.ts'
import { bigNumber } from './big-number.ts'

describe('a big number', () => {
  test('of one row is its first number, exact', () => {
    const number = bigNumber(madeResult({ revenue: ['DECIMAL(18,2)', [5944263n]] }))
    expect(number).toMatchObject({ label: 'revenue', text: '59,442.63', change: null, series: [] })
  })

  test('is compared with a column that says so', () => {
    const result = madeResult({ orders: ['BIGINT', [110n]], last_week: ['BIGINT', [100n]] })
    expect(bigNumber(result)?.change).toEqual({ direction: 'up', text: '10 %', since: 'last week' })
  })

  test('over time has a sparkline and is compared with the row before', () => {
    const result = madeResult({
      day: ['DATE', [0, 86_400_000, 172_800_000]],
      n: ['BIGINT', [5n, 10n, 9n]],
    })
    expect(bigNumber(result)).toMatchObject({
      text: '9',
      series: [5, 10, 9],
      change: { direction: 'down', text: '10 %', since: '1970-01-02' },
    })
  })

  test('is that of the latest time, however the rows are sorted', () => {
    const result = madeResult({
      day: ['DATE', [172_800_000, 0, null, 86_400_000]],
      n: ['BIGINT', [9n, 5n, 1n, 10n]],
    })
    expect(bigNumber(result)).toMatchObject({
      text: '9',
      series: [1, 5, 10, 9],
      change: { direction: 'down', text: '10 %', since: '1970-01-02' },
    })
  })

  test('has the digits of its own value', () => {
    const result = madeResult({ day: ['DATE', [0, 86_400_000]], mean: ['DOUBLE', [3000, 0.125]] })
    expect(bigNumber(result)?.text).toBe('0.125')
  })

  test('named as a share has its sign', () => {
    expect(bigNumber(madeResult({ conversion_pct: ['DOUBLE', [5.62]] }))?.text).toBe('5.62 %')
  })

  test('is nothing without a number', () => {
    expect(bigNumber(madeResult({ a: ['VARCHAR', ['x']] }))).toBeNull()
    expect(bigNumber(madeResult({ n: ['BIGINT', []] }))).toBeNull()
  })
})
