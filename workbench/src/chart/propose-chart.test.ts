import { compile, type TopLevelSpec } from 'vega-lite'
import { describe, expect, test } from 'vitest'
import { madeResult } from '../result/made-result.ts'
import type { Value } from '../result/result.ts'
import type { ChartSpec } from './chart-spec.ts'
import { prepareSpec } from './prepare-spec.ts'
import { proposeChart } from './propose-chart.ts'

const minute = 60_000_000n
const start = 1_570_000_000_000_000n
const times = (count: number): Value[] =>
  Array.from({ length: count }, (_, i) => start + BigInt(i) * minute)
const numbers = (count: number): Value[] =>
  Array.from({ length: count }, (_, i) => (i * 7919) % 100)
const cycle = (words: string[], count: number): Value[] =>
  Array.from({ length: count }, (_, i) => words[i % words.length] ?? null)
const each = (values: Value[], times: number): Value[] =>
  values.flatMap(value => Array(times).fill(value))

/** Forty brands with a number each at so many points in time. */
function brandsOver(minutes: number): Parameters<typeof madeResult>[0] {
  const brands = Array.from({ length: 40 }, (_, i) => `brand ${i}`)
  return {
    minute: ['TIMESTAMP', each(times(minutes), 40)],
    brand: ['VARCHAR', cycle(brands, minutes * 40)],
    n: ['BIGINT', numbers(minutes * 40)],
  }
}

function proposed(columns: Parameters<typeof madeResult>[0]): ChartSpec {
  const proposal = proposeChart(madeResult(columns))
  if (proposal.is !== 'chart') throw new Error(`proposed ${JSON.stringify(proposal)}`)
  // What is proposed must be a spec that Vega-Lite takes without a complaint.
  const warnings: unknown[] = []
  const logger = {
    level: () => logger,
    warn: (...args: unknown[]) => {
      warnings.push(args)
      return logger
    },
    error: () => logger,
    info: () => logger,
    debug: () => logger,
  }
  compile(prepareSpec(proposal.spec, { width: 300, height: 200 }) as unknown as TopLevelSpec, {
    logger: logger as never,
  })
  expect(warnings).toEqual([])
  return proposal.spec
}

describe('the proposed chart', () => {
  test('time and a number is a line', () => {
    const spec = proposed({ minute: ['TIMESTAMP', times(60)], n: ['BIGINT', numbers(60)] })
    expect(spec).toMatchObject({
      mark: 'line',
      encoding: { x: { field: 'minute', type: 'temporal' }, y: { field: 'n' } },
    })
  })

  test('a category beside them is a line each', () => {
    const spec = proposed({
      minute: ['TIMESTAMP', each(times(30), 2)],
      event_type: ['VARCHAR', cycle(['view', 'cart'], 60)],
      n: ['BIGINT', numbers(60)],
    })
    expect(spec).toMatchObject({ mark: 'line', encoding: { color: { field: 'event_type' } } })
  })

  test('series of very different size get a scale that bends', () => {
    const n = Array.from({ length: 60 }, (_, i) => (i % 2 ? 5 : 900 + i))
    const spec = proposed({
      minute: ['TIMESTAMP', each(times(30), 2)],
      event_type: ['VARCHAR', cycle(['view', 'cart'], 60)],
      n: ['BIGINT', n],
    })
    expect(spec).toMatchObject({
      encoding: {
        y: {
          title: 'n (log)',
          scale: { type: 'symlog', constant: 1 },
          axis: { values: [0, 1, 10, 100, 1000, 10_000] },
        },
      },
    })
  })

  test('of more series than colours those with the largest sums are lines', () => {
    const spec = proposed(brandsOver(10))
    expect(spec).toMatchObject({
      mark: 'line',
      transform: [
        { joinaggregate: [{ op: 'sum', field: 'n' }], groupby: ['brand'] },
        { window: [{ op: 'dense_rank' }] },
        { filter: "datum['millrace rank'] <= 6" },
      ],
      encoding: { y: { field: 'n' }, color: { field: 'brand', title: 'brand, the 6 largest' } },
    })
  })

  test('two points in time are enough for a line', () => {
    expect(proposed(brandsOver(2))).toMatchObject({
      mark: 'line',
      encoding: { color: { field: 'brand' } },
    })
  })

  test('events of their own are points, whoever made them', () => {
    const anyTimes = times(300).map((time, i) => Number(time) + ((i * i * 7919) % 59) * 1_000_000)
    const spec = proposed({
      event_time: ['TIMESTAMP', anyTimes.map(BigInt)],
      event_type: ['VARCHAR', cycle(['view', 'cart', 'purchase'], 300)],
      user_id: ['BIGINT', Array.from({ length: 300 }, (_, i) => i % 90)],
      price: ['DOUBLE', numbers(300)],
    })
    expect(spec).toMatchObject({
      mark: 'point',
      encoding: { y: { field: 'price' }, color: { field: 'event_type' } },
    })
    expect(spec).not.toHaveProperty('transform')
  })

  test('a number of each minute is a line, also with the name of what had it', () => {
    const spec = proposed({
      minute: ['TIMESTAMP', times(300)],
      best: ['VARCHAR', Array.from({ length: 300 }, (_, i) => `brand ${i % 90}`)],
      revenue: ['DOUBLE', numbers(300)],
    })
    const months = Array.from({ length: 30 }, (_, i) => Date.UTC(2019, i))
    const monthly = proposed({
      month: ['DATE', months],
      best: ['VARCHAR', Array.from({ length: 30 }, (_, i) => `brand ${i}`)],
      revenue: ['DOUBLE', numbers(30)],
    })
    for (const each of [spec, monthly]) {
      expect(each).toMatchObject({ mark: 'line', encoding: { y: { field: 'revenue' } } })
    }
  })

  test('shares, losses and what was divided by nothing have a scale that shows them', () => {
    const axisOf = (values: Value[]) =>
      proposed({
        minute: ['TIMESTAMP', each(times(4), 2)],
        event_type: ['VARCHAR', cycle(['view', 'cart'], 8)],
        n: ['DOUBLE', values],
      })
    const ticks = (values: number[]) => ({ encoding: { y: { axis: { values } } } })
    expect(axisOf([0.001, 0.5, 0.001, 0.5, 0.001, 0.5, 0.001, 0.5])).toMatchObject(
      ticks([0, 0.001, 0.01, 0.1, 1, 10]),
    )
    expect(axisOf([-1, 90, -1, 90, -1, 90, -1, 90])).toMatchObject(
      ticks([-1000, -100, -10, -1, 0, 1, 10, 100, 1000]),
    )
    expect(axisOf([1, Infinity, 1, 2, 1, Number.NaN, 1, 2])).not.toHaveProperty('encoding.y.axis')
    expect(axisOf([Infinity, 1, Infinity, 2, 1, 2, 1, 2])).toBeDefined()
  })

  test('several numbers of one order over time are a line each', () => {
    const spec = proposed({
      day: ['DATE', Array.from({ length: 14 }, (_, i) => i * 86_400_000)],
      views: ['BIGINT', numbers(14)],
      visits: ['BIGINT', numbers(14)],
    })
    expect(spec).toMatchObject({ transform: [{ fold: ['views', 'visits'] }] })
  })

  test('rows that repeat a time are counted', () => {
    const spec = proposed({
      event_time: ['TIMESTAMP', each(times(20), 10)],
      event_type: ['VARCHAR', cycle(['view', 'cart'], 200)],
      product_id: ['BIGINT', numbers(200)],
      price: ['DECIMAL(18,2)', numbers(200).map(value => BigInt(Number(value)))],
    })
    expect(spec).toMatchObject({ mark: 'bar', encoding: { y: { aggregate: 'count' } } })
  })

  test('a category and a number is bars, the longest first', () => {
    const spec = proposed({
      brand: ['VARCHAR', ['apple', 'lg', 'acer', null]],
      revenue: ['DOUBLE', [10, 30, 20, 5]],
    })
    expect(spec).toMatchObject({ mark: 'bar', encoding: { y: { field: 'brand', sort: '-x' } } })
  })

  test('many categories are cut to the largest', () => {
    const brands = Array.from({ length: 500 }, (_, i) => `brand ${i}`)
    const spec = proposed({ brand: ['VARCHAR', brands], n: ['BIGINT', numbers(500)] })
    expect(spec).toMatchObject({ transform: [{}, { filter: "datum['millrace rank'] <= 20" }] })
    expect(spec).toMatchObject({ encoding: { x: { title: 'n, the 20 largest' } } })
  })

  test('a funnel keeps the order of its steps', () => {
    const spec = proposed({
      step: ['VARCHAR', ['view', 'cart', 'purchase']],
      visitors: ['BIGINT', [900, 120, 40]],
    })
    expect(spec).toMatchObject({ mark: 'bar', encoding: { y: { sort: null } } })
  })

  test('an hour and a number is a column an hour', () => {
    const hours = Array.from({ length: 24 }, (_, i) => i)
    const spec = proposed({ hour: ['BIGINT', hours], n: ['BIGINT', numbers(24)] })
    expect(spec).toMatchObject({ mark: 'bar', encoding: { x: { field: 'hour', type: 'ordinal' } } })
  })

  test('two categories and a number is a field of colours', () => {
    const weeks = Array.from({ length: 8 }, (_, i) => `W${40 + i}`)
    const ages = Array.from({ length: 8 }, (_, i) => `+${i}`)
    const spec = proposed({
      cohort: ['VARCHAR', each(weeks, 8)],
      age: ['VARCHAR', cycle(ages, 64)],
      share: ['DOUBLE', numbers(64)],
    })
    expect(spec).toMatchObject({ mark: 'rect', encoding: { color: { field: 'share' } } })
  })

  test('two numbers are points', () => {
    const spec = proposed({ price: ['DOUBLE', numbers(100)], rating: ['DOUBLE', numbers(100)] })
    expect(spec).toMatchObject({ mark: 'point' })
  })

  test('one number in many rows is its distribution', () => {
    const spec = proposed({ price: ['DOUBLE', numbers(100)] })
    expect(spec).toMatchObject({ encoding: { x: { bin: {} }, y: { aggregate: 'count' } } })
  })

  test('a column name that reaches into objects is escaped', () => {
    const spec = proposed({ 'a.b': ['VARCHAR', ['x', 'y']], 'c[0]': ['DOUBLE', [2, 1]] })
    const x = { field: 'c\\[0\\]', title: 'c[0]' }
    expect(spec).toMatchObject({ encoding: { y: { field: 'a\\.b' }, x } })
  })

  test('one row with a number is a big number, and no rows are nothing', () => {
    expect(proposeChart(madeResult({ n: ['BIGINT', [5n]] }))).toEqual({ is: 'number' })
    expect(proposeChart(madeResult({ n: ['BIGINT', []] })).is).toBe('nothing')
    expect(proposeChart(madeResult({ name: ['VARCHAR', ['a', 'b']] })).is).toBe('nothing')
  })
})
