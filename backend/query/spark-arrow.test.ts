import { expect, test } from 'vitest'
import { intervalText } from './spark-arrow.ts'

test.each([
  [0n, '00:00:00'],
  [1_500_000n, '00:00:01.5'],
  [86_400_000_000n, '1 day'],
  [13n * 86_400_000_000n + 86_203_148_000n, '13 days 23:56:43.148'],
  [-3_600_000_000n, '-01:00:00'],
])('%s microseconds are %s', (micros, text) => {
  expect(intervalText(micros)).toBe(text)
})
