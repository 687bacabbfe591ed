import { describe, expect, test } from 'vitest'
import { unreachableProblem } from '../api-client/problem-error.ts'
import { madeResult } from '../result/made-result.ts'
import { awaited, dashboardAge, missing, type TileAge, tileAge } from './tile-ages.ts'
import { nothingYet } from './tile-result.ts'

const result = madeResult({ n: ['BIGINT', [1n]] })

function known(ageMs: number, isLive = true): TileAge {
  return { is: 'known', age: { ageMs, receivedAt: 0 }, isLive }
}

describe('the age of a dashboard', () => {
  test.each([
    [[known(300), known(1_200)], 'all within 1.2 s', 'fresh'],
    [[known(300), known(4_000)], 'all within 4.0 s', 'late'],
    [[known(300), known(40_000)], 'all within 40 s', 'old'],
    [[known(300), known(58_000, false)], 'all within 58 s', 'fresh'],
    [[known(58_000, false)], 'all within 58 s', null],
    [[known(300), awaited], '1 of 2 within 0.3 s', 'fresh'],
    [[known(300), missing, missing], '1 of 3 within 0.3 s', 'old'],
    [[missing], '1 tile has no data', 'old'],
  ])('is that of the oldest data, and counts tiles without any (%#)', (tiles, text, level) => {
    expect(dashboardAge(tiles, 0)).toMatchObject({ text, level })
  })

  test('goes on while nothing comes', () => {
    expect(dashboardAge([known(300)], 20_000)).toMatchObject({
      text: 'all within 20 s',
      level: 'old',
    })
  })

  test('is nothing before a tile has said anything', () => {
    expect(dashboardAge([], 0)).toBeNull()
    expect(dashboardAge([awaited], 0)).toBeNull()
  })
})

test('a tile is old, awaited or without data, or reads no stream', () => {
  const age = { ageMs: 40, receivedAt: 0 }
  expect(tileAge(nothingYet, true)).toEqual(awaited)
  expect(tileAge({ ...nothingYet, result }, true)).toBeNull()
  expect(tileAge({ ...nothingYet, result, age }, true)).toEqual(known(40))
  const problem = unreachableProblem()
  expect(tileAge({ ...nothingYet, result, age, problem }, true)).toEqual(missing)
})
