import { type ChartSpec, isJson, type Json } from './chart-spec.ts'

/** The name that a chart's data has inside of Vega. */
export const dataName = 'result'

const compositions = ['facet', 'concat', 'hconcat', 'vconcat', 'repeat']

/** Whether the chart fills the room it is given; compositions take the size that their parts need. */
export function isFitted(spec: ChartSpec): boolean {
  if (compositions.some(key => key in spec)) return false
  const encoding = isJson(spec.encoding) ? spec.encoding : {}
  return !['row', 'column', 'facet'].some(channel => channel in encoding)
}

/** A notebook's spec made ready to draw: the cell's data, the size of its room, and time in UTC. */
export function prepareSpec(spec: ChartSpec, size: { width: number; height: number }): ChartSpec {
  const { data: _, datasets: __, $schema: ___, ...rest } = inUtc(spec) as Json
  const prepared = { ...rest, data: { name: dataName }, background: 'transparent' }
  if (!isFitted(spec)) return prepared
  const autosize = {
    type: 'fit',
    contains: 'padding',
    resize: true,
    ...(isJson(spec.autosize) ? spec.autosize : {}),
  }
  return {
    ...prepared,
    autosize,
    width: typeof spec.width === 'number' ? spec.width : size.width,
    height: typeof spec.height === 'number' ? spec.height : size.height,
  }
}

/**
 * Vega-Lite shows time in the browser's zone unless each field says otherwise. Points in time come from the engine in
 * UTC and a DATE has no zone at all, so each field does.
 */
function inUtc(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inUtc)
  if (!isJson(value)) return value
  const copy: Json = {}
  for (const [key, member] of Object.entries(value)) copy[key] = inUtc(member)
  if (typeof copy.timeUnit === 'string') copy.timeUnit = utcUnit(copy.timeUnit)
  const isTimeField = copy.type === 'temporal' || (copy.timeUnit !== undefined && 'field' in copy)
  const isChannel = isTimeField && ('field' in copy || 'aggregate' in copy)
  if (isChannel && copy.scale !== null && !isOrdinal(copy)) copy.scale = utcScale(copy.scale)
  return copy
}

function isOrdinal(channel: Json): boolean {
  return channel.type === 'ordinal' || channel.type === 'nominal'
}

function utcScale(scale: unknown): Json {
  const given = isJson(scale) ? scale : {}
  return { type: 'utc', ...given }
}

function utcUnit(unit: string): string {
  return unit.startsWith('utc') || unit.startsWith('binned') ? unit : `utc${unit}`
}
