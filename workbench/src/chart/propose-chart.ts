import type { Result } from '../result/result.ts'
import { type ChartSpec, columnChannel, fieldOf, onlyLargest } from './chart-spec.ts'
import { overTime } from './propose-over-time.ts'
import { type Facet, pairs, readShape, type Shape } from './result-shape.ts'

/** What fits a result best: a chart, one big number, or nothing, and why. */
export type ChartProposal =
  | { readonly is: 'chart'; readonly spec: ChartSpec }
  | { readonly is: 'number' }
  | { readonly is: 'nothing'; readonly reason: string }

/** More of them would have no room for their names. */
const barsMax = 20
/** Bars in parts are few names and many colours. */
const partedBarsMax = 30
/** Of more values a category is no name for points. */
const namesMax = 30
const pointColoursMax = 12
const ordinalRowsMax = 60
const heatSideMax = 40

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
      x: { ...columnChannel(step.name), type: 'ordinal', axis: { labelAngle: 0 } },
      y: { ...columnChannel(measure.name), type: 'quantitative' },
    },
  }
}

function bars(category: Facet, measure: Facet, rows: number): ChartSpec {
  const field = fieldOf(measure.name)
  const x = { ...columnChannel(measure.name), type: 'quantitative' }
  const sort = isFunnel(measure) ? null : '-x'
  const y = { field: fieldOf(category.name), type: 'nominal', title: null, sort }
  const spec = { mark: 'bar', encoding: { y, x } }
  if (rows <= barsMax) return spec
  const titled = { ...x, title: `${measure.name}, the ${barsMax} largest` }
  const by = [
    { field, order: 'descending' },
    { field: fieldOf(category.name), order: 'ascending' },
  ]
  return { transform: onlyLargest(barsMax, by), ...spec, encoding: { y, x: titled } }
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
  const quantity = { ...columnChannel(measure.name), type: 'quantitative' }
  const [rows, parts] = first.distinct >= second.distinct ? [first, second] : [second, first]
  if (parts.distinct <= 6 && rows.distinct <= partedBarsMax) {
    const color = { field: fieldOf(parts.name), type: 'nominal', title: null }
    const y = { field: fieldOf(rows.name), type: 'nominal', title: null, sort: '-x' }
    return { mark: 'bar', encoding: { y, x: quantity, color } }
  }
  if (Math.max(first.distinct, second.distinct) > heatSideMax) return null
  const x = { ...columnChannel(second.name), type: 'nominal' }
  const y = { field: fieldOf(first.name), type: 'nominal', title: null }
  return { mark: 'rect', encoding: { x, y, color: quantity } }
}

function ofNumbers(shape: Shape): ChartSpec | null {
  const [first, second] = shape.measures
  if (!first) return null
  if (shape.categories.some(facet => facet.distinct > namesMax) && !second) return null
  if (!second) {
    const x = { ...columnChannel(first.name), type: 'quantitative', bin: { maxbins: 40 } }
    return { mark: 'bar', encoding: { x, y: { aggregate: 'count', title: 'rows' } } }
  }
  const series = shape.categories.find(
    facet => facet.distinct > 1 && facet.distinct <= pointColoursMax,
  )
  return {
    mark: 'point',
    encoding: {
      x: { ...columnChannel(first.name), type: 'quantitative', scale: { zero: false } },
      y: { ...columnChannel(second.name), type: 'quantitative', scale: { zero: false } },
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
