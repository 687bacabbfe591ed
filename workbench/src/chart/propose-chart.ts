import { isNumeric, isTemporal } from '../result/column-kind.ts'
import type { Result, ResultColumn } from '../result/result.ts'
import { chartValue } from './chart-data.ts'
import { type ChartSpec, channelOf, fieldOf, type Json } from './chart-spec.ts'

/** What fits a result best: a chart, one big number, or nothing, and why. */
export type ChartProposal =
  | { readonly is: 'chart'; readonly spec: ChartSpec }
  | { readonly is: 'number' }
  | { readonly is: 'nothing'; readonly reason: string }

const sampleRowsMax = 4_000
const seriesMax = 12
/** More of them would have no room for their names. */
const barsMax = 20
/** Lines of so many colours can be told apart. */
const linesMax = 6
const ordinalRowsMax = 60
const heatSideMax = 40
/** Series whose sizes lie further apart than this share an axis only on a scale that bends. */
const spreadMax = 20
const identifierName = /(^|_)(id|ids|key|code|zip|number|no|offset|partition|version)$/i

export function proposeChart(result: Result): ChartProposal {
  if (result.rows === 0) return { is: 'nothing', reason: 'The result has no rows.' }
  const shape = readShape(result)
  if (result.rows === 1) {
    if (shape.measures.length > 0) return { is: 'number' }
    return { is: 'nothing', reason: 'One row without a number: the table shows it best.' }
  }
  const spec = overTime(shape) ?? byCategory(shape) ?? ofNumbers(shape)
  return spec
    ? { is: 'chart', spec }
    : { is: 'nothing', reason: 'A chart needs a number, a time or a category that repeats.' }
}

/** A column with what a sample of its values says. */
interface Facet {
  readonly column: ResultColumn
  readonly name: string
  readonly values: readonly (string | number | boolean | null)[]
  readonly distinct: number
}

interface Shape {
  readonly rows: number
  readonly times: readonly Facet[]
  readonly measures: readonly Facet[]
  readonly categories: readonly Facet[]
}

function readShape(result: Result): Shape {
  const rows = Math.min(result.rows, sampleRowsMax)
  const facets = result.columns.map((column): Facet => {
    const values = Array.from({ length: rows }, (_, row) => chartValue(column.at(row), column))
    return { column, name: column.name, values, distinct: new Set(values).size }
  })
  const isMeasure = ({ column, name }: Facet): boolean =>
    isNumeric(column.kind) && !(column.kind === 'integer' && identifierName.test(name))
  return {
    rows,
    times: facets.filter(({ column }) => isTemporal(column.kind)),
    measures: facets.filter(isMeasure),
    categories: facets.filter(
      facet => isCategory(facet) || (!isMeasure(facet) && isNumeric(facet.column.kind)),
    ),
  }
}

function isCategory({ column }: Facet): boolean {
  return ['text', 'boolean', 'uuid', 'json'].includes(column.kind)
}

function overTime(shape: Shape): ChartSpec | null {
  const time = shape.times.find(facet => facet.distinct > 1)
  if (!time) return null
  const [measure] = shape.measures
  const series = shape.categories.find(facet => facet.distinct > 1 && facet.distinct <= seriesMax)
  if (!series && measure) {
    const many = shape.categories.find(facet => facet.distinct > seriesMax)
    if (many && pairs([time, many]) >= shape.rows * 0.98) return largestSeries(time, measure, many)
  }
  const isOneEach = pairs(series ? [time, series] : [time]) >= shape.rows * 0.98
  if (!measure || !isOneEach) return countsOverTime(time, series)
  if (!series && shape.measures.length > 1) return manyMeasures(time, shape.measures)
  const y = { ...channelOf(measure.name), type: 'quantitative', ...bentScale(series, measure) }
  return lineSpec(time, y, series && { field: fieldOf(series.name), type: 'nominal', title: null })
}

function lineSpec(time: Facet, y: Json, color: Json | undefined): ChartSpec {
  const x = { field: fieldOf(time.name), type: 'temporal', title: null }
  return { mark: 'line', encoding: { x, y, ...(color ? { color } : {}) } }
}

/** Of more series than colours those with the largest sums. */
function largestSeries(time: Facet, measure: Facet, series: Facet): ChartSpec {
  const [field, by] = [fieldOf(measure.name), fieldOf(series.name)]
  const total = { joinaggregate: [{ op: 'sum', field, as: 'sum_of_series' }], groupby: [by] }
  const rank = {
    window: [{ op: 'dense_rank', as: 'rank' }],
    sort: [{ field: 'sum_of_series', order: 'descending' }],
  }
  const y = { ...channelOf(measure.name), type: 'quantitative' }
  const color = { field: by, type: 'nominal', title: `${series.name}, the ${linesMax} largest` }
  return {
    transform: [total, rank, { filter: `datum.rank <= ${linesMax}` }],
    ...lineSpec(time, y, color),
  }
}

/** Several numbers over time become one line each, when they are of one order. */
function manyMeasures(time: Facet, measures: readonly Facet[]): ChartSpec {
  const [first] = measures
  const near = measures.filter(facet => first && spread([first, facet]) <= spreadMax).slice(0, 6)
  if (near.length < 2) {
    return lineSpec(time, { field: fieldOf(first?.name ?? ''), type: 'quantitative' }, undefined)
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

function byCategory(shape: Shape): ChartSpec | null {
  const [measure] = shape.measures
  const steps = stepCategory(shape)
  if (steps) return columns(steps, shape.measures.find(facet => facet !== steps) ?? steps)
  const [first, second] = shape.categories.filter(facet => facet.distinct > 1)
  if (!first) return null
  if (!measure) return first.distinct < shape.rows ? counts(first) : null
  if (second && pairs([first, second]) >= shape.rows * 0.98 && first.distinct < shape.rows) {
    return matrix(first, second, measure)
  }
  return first.distinct >= shape.rows * 0.98 ? bars(first, measure, shape.rows) : null
}

/** A whole number that counts through the rows, such as an hour or a week, is an axis of its own. */
function stepCategory(shape: Shape): Facet | null {
  const [first] = shape.measures
  const isStep =
    first?.column.kind === 'integer' &&
    first.column.index === 0 &&
    shape.measures.length > 1 &&
    first.distinct === shape.rows &&
    shape.rows <= ordinalRowsMax
  return isStep && shape.categories.length === 0 ? first : null
}

function columns(step: Facet, measure: Facet): ChartSpec {
  return {
    mark: 'bar',
    encoding: {
      x: { ...channelOf(step.name), type: 'ordinal', axis: { labelAngle: 0 } },
      y: { ...channelOf(measure.name), type: 'quantitative' },
    },
  }
}

function bars(category: Facet, measure: Facet, rows: number): ChartSpec {
  const field = fieldOf(measure.name)
  const x = { ...channelOf(measure.name), type: 'quantitative' }
  const sort = isFunnel(measure) ? null : '-x'
  const y = { field: fieldOf(category.name), type: 'nominal', title: null, sort }
  const spec = { mark: 'bar', encoding: { y, x } }
  if (rows <= barsMax) return spec
  const rank = {
    window: [{ op: 'row_number', as: 'rank' }],
    sort: [{ field, order: 'descending' }],
  }
  const titled = { ...x, title: `${measure.name}, the ${barsMax} largest` }
  const filter = { filter: `datum.rank <= ${barsMax}` }
  return { transform: [rank, filter], ...spec, encoding: { y, x: titled } }
}

function counts(category: Facet): ChartSpec {
  const y = { field: fieldOf(category.name), type: 'nominal', title: null, sort: '-x' }
  return {
    mark: 'bar',
    encoding: { y, x: { aggregate: 'count', type: 'quantitative', title: 'rows' } },
  }
}

/** Two categories and a number: a field of colours, or bars in parts when one of them has few values. */
function matrix(first: Facet, second: Facet, measure: Facet): ChartSpec | null {
  const quantity = { ...channelOf(measure.name), type: 'quantitative' }
  const [rows, parts] = first.distinct >= second.distinct ? [first, second] : [second, first]
  if (parts.distinct <= 6 && rows.distinct <= barsMax) {
    const color = { field: fieldOf(parts.name), type: 'nominal', title: null }
    const y = { field: fieldOf(rows.name), type: 'nominal', title: null, sort: '-x' }
    return { mark: 'bar', encoding: { y, x: quantity, color } }
  }
  if (Math.max(first.distinct, second.distinct) > heatSideMax) return null
  const x = { ...channelOf(second.name), type: 'nominal' }
  const y = { field: fieldOf(first.name), type: 'nominal', title: null }
  return { mark: 'rect', encoding: { x, y, color: quantity } }
}

function ofNumbers(shape: Shape): ChartSpec | null {
  const [first, second] = shape.measures
  if (!first) return null
  if (shape.categories.some(facet => facet.distinct > barsMax) && !second) return null
  if (!second) {
    const x = { ...channelOf(first.name), type: 'quantitative', bin: { maxbins: 40 } }
    return { mark: 'bar', encoding: { x, y: { aggregate: 'count', title: 'rows' } } }
  }
  const series = shape.categories.find(facet => facet.distinct > 1 && facet.distinct <= seriesMax)
  return {
    mark: 'point',
    encoding: {
      x: { ...channelOf(first.name), type: 'quantitative', scale: { zero: false } },
      y: { ...channelOf(second.name), type: 'quantitative', scale: { zero: false } },
      ...(series ? { color: { field: fieldOf(series.name), type: 'nominal', title: null } } : {}),
    },
  }
}

/** Few steps that only shrink, in the order in which the statement gives them. */
function isFunnel({ values }: Facet): boolean {
  const numbers = values.map(Number)
  return (
    numbers.length <= 8 && numbers.every((value, i) => i === 0 || value <= (numbers[i - 1] ?? 0))
  )
}

function bentScale(series: Facet | undefined, measure: Facet): Json {
  if (!series) return {}
  const sums = new Map<unknown, { sum: number; count: number }>()
  measure.values.forEach((value, row) => {
    const entry = sums.get(series.values[row]) ?? { sum: 0, count: 0 }
    sums.set(series.values[row], {
      sum: entry.sum + Math.abs(Number(value)),
      count: entry.count + 1,
    })
  })
  const means = [...sums.values()].map(({ sum, count }) => sum / count).filter(mean => mean > 0)
  const isFar = means.length > 1 && Math.max(...means) / Math.min(...means) > spreadMax
  return isFar ? logarithmic(measure) : {}
}

/** Its ticks are powers of ten, and it says what it is. */
function logarithmic({ name, values }: Facet): Json {
  const most = Math.max(10, ...values.map(value => Math.abs(Number(value))))
  const powers = Array.from({ length: Math.ceil(Math.log10(most)) + 2 }, (_, n) => 10 ** n)
  const ticks = [0, ...powers]
  const axis = { values: ticks, tickCount: ticks.length }
  return { title: `${name} (log)`, scale: { type: 'symlog' }, axis }
}

function spread(facets: readonly Facet[]): number {
  const means = facets.map(({ values }) => {
    return values.reduce<number>((sum, value) => sum + Math.abs(Number(value)), 0) / values.length
  })
  return Math.max(...means) / Math.max(Math.min(...means), Number.MIN_VALUE)
}

/** How many different combinations of values the facets have. */
function pairs(facets: readonly Facet[]): number {
  const rows = facets[0]?.values.length ?? 0
  const keys = Array.from({ length: rows }, (_, row) =>
    JSON.stringify(facets.map(facet => facet.values[row])),
  )
  return new Set(keys).size
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
