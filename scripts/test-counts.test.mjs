import { expect, test } from 'vitest'
import { countsOf } from './test-counts.mjs'

const file = (status, ...tests) => ({
  status,
  assertionResults: tests.map(each => ({ status: each, fullName: `a test that ${each}` })),
})

test('tests are counted as their runner counted them', () => {
  const testResults = [file('passed', 'passed', 'skipped'), file('failed', 'passed', 'failed')]
  expect(countsOf({ testResults }, 1)).toEqual({
    passed: 2,
    failed: 1,
    skipped: ['a test that skipped'],
  })
})

test('a file that cannot be run is a failure', () => {
  expect(countsOf({ testResults: [file('failed')] }, 1).failed).toBe(1)
  expect(countsOf({ testResults: [file('failed', 'passed')] }, 1).failed).toBe(1)
})

test('a run that fails although its tests pass is a failure', () => {
  expect(countsOf({ testResults: [file('passed', 'passed')] }, 1).failed).toBe(1)
})

test('a run without tests that ends well counts nothing', () => {
  expect(countsOf({ testResults: [] }, 0)).toEqual({ passed: 0, failed: 0, skipped: [] })
})
