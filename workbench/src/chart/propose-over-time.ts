import { type ChartSpec, columnChannel, fieldOf, type Json, onlyLargest } from './chart-spec.ts'
import { type Facet, pairs, type Shape } from './result-shape.ts'

/** Lines that can be told apart by a legend. */
const seriesMax = 12
/** Lines of so many colours can be told apart. */
const linesMax = 6
/** A line has at least so many points. */
const pointsMin = 2
/** And at a point in time there is at least so much; events of their own each have a time of their own. */
const perTimeMin = 3
/** Of the steps between the first and the last point in time a series has at least this share. */
const filledShareMin = 0.3
/** So many of its gaps are whole steps: all but where it has holes or a change of clocks. */
const wholeShareMin = 0.9
/** Months differ by a tenth. */
const unevenMax = 0.12
/** No column of a result is called so. */
const sumField = 'millrace sum'
/** Series whose sizes lie further apart than this share an axis only on a scale that bends. */
const spreadMax = 20
/** Smaller values than this share of the largest are as good as none on a logarithmic axis. */
const smallestShare = 1e-6

export function overTime(shape: Shape): ChartSpec | null {
  const time = shape.times.find(facet => facet.distinct > 1)
  if (!time) return null
  const [measure] = shape.measures
  const series = shape.categories.find(facet => facet.distinct > 1 && facet.distinct <= seriesMax)
  if (!series && measure) {
    const many = shape.categories.find(facet => isSeries(facet, time, shape.rows))
    if (many) return largestSeries(time, measure, many)
  }
  const isOneEach = pairs(series ? [time, series] : [time]) >= shape.rows * 0.98
  if (!measure || !isOneEach) return countsOverTime(time, series)
  if (!series && shape.measures.length > 1) return manyMeasures(time, shape.measures)
  const y = { ...columnChannel(measure.name), type: 'quantitative', ...bentScale(series, measure) }
  const color = series && { field: fieldOf(series.name), type: 'nominal', title: null }
  const spec = lineSpec(time, y, color)
  return isOfEvents(shape, time) ? { ...spec, mark: 'point' } : spec
}

function lineSpec(time: Facet, y: Json, color: Json | undefined): ChartSpec {
  const x = { field: fieldOf(time.name), type: 'temporal', title: null }
  return { mark: 'line', encoding: { x, y, ...(color ? { color } : {}) } }
}

/** Whether a category recurs in time, with one value each. */
function isSeries(facet: Facet, time: Facet, rows: number): boolean {
  const isMany = facet.distinct > seriesMax && facet.distinct * pointsMin <= rows
  return isMany && time.distinct * perTimeMin <= rows && pairs([time, facet]) >= rows * 0.98
}

/** Events of their own, at any time and of many users or products: nothing leads from one to the next. */
function isOfEvents({ categories }: Shape, time: Facet): boolean {
  return categories.some(facet => facet.distinct > seriesMax) && !isInSteps(time)
}

/** Whether the points in time follow one another by hours, months or the like, of which some may be missing. */
function isInSteps({ values }: Facet): boolean {
  const times = [...new Set(values)].filter(value => typeof value === 'number')
  times.sort((a, b) => a - b)
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0))
  const step = Math.min(...gaps)
  const counts = gaps.map(gap => gap / step)
  const whole = counts.filter(count => Math.abs(count - Math.round(count)) < unevenMax)
  const all = counts.reduce((sum, count) => sum + count, 0)
  return whole.length >= wholeShareMin * gaps.length && gaps.length >= filledShareMin * all
}

/** Of more series than colours those with the largest sums. */
function largestSeries(time: Facet, measure: Facet, series: Facet): ChartSpec {
  const [field, by] = [fieldOf(measure.name), fieldOf(series.name)]
  const sums = { joinaggregate: [{ op: 'sum', field, as: sumField }], groupby: [by] }
  const largest = onlyLargest(linesMax, [
    { field: sumField, order: 'descending' },
    { field: by, order: 'ascending' },
  ])
  const y = { ...columnChannel(measure.name), type: 'quantitative' }
  const color = { field: by, type: 'nominal', title: `${series.name}, the ${linesMax} largest` }
  return { transform: [sums, ...largest], ...lineSpec(time, y, color) }
}

/** Several numbers over time become one line each, when they are of one order. */
function manyMeasures(time: Facet, measures: readonly Facet[]): ChartSpec {
  const [first] = measures
  const near = measures.filter(facet => first && spread([first, facet]) <= spreadMax).slice(0, 6)
  if (near.length < 2) {
    return lineSpec(time, { ...columnChannel(first?.name ?? ''), type: 'quantitative' }, undefined)
  }
  const fold = near.map(facet => fieldOf(facet.name))
  const color = {
    field: 'series',
    type: 'nominal',
    title: null,
    sort: near.map(facet => facet.name),
  }
  const line = lineSpec(time, { field: 'value', type: 'quantitative', title: null }, color)
  return { transform: [{ fold, as: ['series', 'value'] }], ...line }
}

/** Rows that are not one for each point in time are counted. */
function countsOverTime(time: Facet, series: Facet | undefined): ChartSpec {
  const x = { field: fieldOf(time.name), timeUnit: unitFor(time), type: 'temporal', title: null }
  const y = { aggregate: 'count', type: 'quantitative', title: 'rows' }
  const color = series && { field: fieldOf(series.name), type: 'nominal', title: null }
  return { mark: 'bar', encoding: { x, y, ...(color ? { color } : {}) } }
}

/** A logarithmic axis, where one on which the smaller series lie flat would not do. */
function bentScale(series: Facet | undefined, measure: Facet): Json {
  if (!series) return {}
  const sums = new Map<unknown, { sum: number; count: number }>()
  const sizes = measure.values.map(value => Math.abs(Number(value)))
  sizes.forEach((size, row) => {
    if (!Number.isFinite(size)) return
    const { sum, count } = sums.get(series.values[row]) ?? { sum: 0, count: 0 }
    sums.set(series.values[row], { sum: sum + size, count: count + 1 })
  })
  const means = [...sums.values()].map(({ sum, count }) => sum / count).filter(mean => mean > 0)
  const isFar = means.length > 1 && Math.max(...means) / Math.min(...means) > spreadMax
  return isFar ? logarithmic(measure) : {}
}

/** It says what it is, and its ticks are powers of ten: as many as the values need, and one more for those to come. */
function logarithmic({ name, values }: Facet): Json {
  const numbers = values.map(Number).filter(Number.isFinite)
  const sizes = numbers.map(Math.abs).filter(size => size > 0)
  const most = Math.max(...sizes)
  const least = Math.max(Math.min(...sizes), most * smallestShare)
  const first = Math.min(0, Math.floor(Math.log10(least)))
  const end = Math.max(0, Math.ceil(Math.log10(most))) + 2
  const powers = Array.from({ length: end - first }, (_, n) => Number(`1e${first + n}`))
  const below = numbers.some(number => number < 0) ? powers.map(power => -power).toReversed() : []
  const ticks = [...below, 0, ...powers]
  return {
    title: `${name} (log)`,
    scale: { type: 'symlog', constant: powers[0] },
    axis: { values: ticks, tickCount: ticks.length },
  }
}

function spread(facets: readonly Facet[]): number {
  const means = facets.map(({ values }) => {
    return values.reduce<number>((sum, value) => sum + Math.abs(Number(value)), 0) / values.length
  })
  return Math.max(...means) / Math.max(Math.min(...means), Number.MIN_VALUE)
}

function unitFor({ values }: Facet): string {
  const times = values.filter(value => typeof value === 'number')
  const span = Math.max(...times) - Math.min(...times)
  const hour = 3_600_000
  if (span > 90 * 24 * hour) return 'yearmonth'
  if (span > 3 * 24 * hour) return 'yearmonthdate'
  if (span > 3 * hour) return 'yearmonthdatehours'
  return span > hour / 20 ? 'yearmonthdatehoursminutes' : 'yearmonthdatehoursminutesseconds'
}
