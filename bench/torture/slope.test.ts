import { expect, test } from 'vitest'
import { slopeOf } from './slope.ts'

const line = Array.from({ length: 40 }, (_, x) => [x, 300 + 2 * x] as const)

test('the slope of a line is that of the line', () => {
  expect(slopeOf(line)).toBe(2)
})

test('bursts do not tilt it, at the end as little as in the middle', () => {
  for (const start of [0, 18, 35]) {
    const points = line.map(([x, y]) => [x, x >= start && x < start + 5 ? y + 1_000 : y] as const)
    expect(slopeOf(points)).toBe(2)
  }
})

test('growth in steps is growth', () => {
  expect(slopeOf(line.map(([x]) => [x, 300 + 20 * Math.floor(x / 10)]))).toBeCloseTo(2, 0)
})

test('one point has no slope', () => {
  expect(slopeOf([[1, 5]])).toBeNaN()
  expect(slopeOf([])).toBeNaN()
})
