import { expect, test } from 'vitest'
import { madeResult } from '../result/made-result.ts'
import { parseSpec, specText } from './chart-spec.ts'
import { chartOf } from './use-chart.ts'

const result = madeResult({ kind: ['VARCHAR', ['a', 'b']], n: ['BIGINT', [1n, 2n]] })

test('a spec that is not JSON yet leaves what was drawn before it', () => {
  const bar = { mark: 'bar' }
  const chart = chartOf(parseSpec('{"mark": "ba'), result, bar)
  expect(chart).toMatchObject({ is: 'broken', before: bar })
})

test('what is proposed anew and is the same stays the same object', () => {
  const first = chartOf(null, result, null)
  if (first.is !== 'chart') throw new Error('no chart')
  const again = chartOf(null, result, first.spec)
  expect(again.is === 'chart' && again.spec).toBe(first.spec)
  const other = chartOf(null, result, { mark: 'bar' })
  expect(other.is === 'chart' && specText(other.spec)).toBe(specText(first.spec))
})
