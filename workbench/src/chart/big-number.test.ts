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

  test.each([
    ['newest first', [172_800_000, 86_400_000, 0], [9n, 10n, 5n]],
    ['in no order', [86_400_000, 0, 172_800_000], [10n, 5n, 9n]],
    ['with a row that has no time', [172_800_000, null, 0, 86_400_000], [9n, 70n, 5n, 10n]],
  ])('is the latest of rows that come %s', (_, days, counts) => {
    const result = madeResult({ day: ['DATE', days], n: ['BIGINT', counts] })
    expect(bigNumber(result)).toMatchObject({
      text: '9',
      series: [5, 10, 9],
      change: { direction: 'down', text: '10 %', since: '1970-01-02' },
    })
  })

  test('of rows without a time is that of the last', () => {
    const result = madeResult({ day: ['DATE', [null, null]], n: ['BIGINT', [1n, 2n]] })
    expect(bigNumber(result)).toMatchObject({ text: '2', series: [], change: null })
  })

  test('is compared with a column of the latest row before the row before', () => {
    const result = madeResult({
      day: ['DATE', [86_400_000, 0]],
      n: ['BIGINT', [30n, 10n]],
      previous: ['BIGINT', [20n, 5n]],
    })
    expect(bigNumber(result)?.change).toEqual({ direction: 'up', text: '50 %', since: 'previous' })
  })

  test('has the digits of its own value, whatever the others need', () => {
    const result = madeResult({ x: ['DOUBLE', [4000, 0.0042]] })
    expect(bigNumber(result)?.text).toBe('0.0042')
  })

  test('named as a share has its sign', () => {
    expect(bigNumber(madeResult({ conversion_pct: ['DOUBLE', [5.62]] }))?.text).toBe('5.62 %')
  })

  test('is nothing without a number', () => {
    expect(bigNumber(madeResult({ a: ['VARCHAR', ['x']] }))).toBeNull()
    expect(bigNumber(madeResult({ n: ['BIGINT', []] }))).toBeNull()
  })
})
