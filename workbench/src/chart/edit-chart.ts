import { isNumeric, isTemporal } from '../result/column-kind.ts'
import type { ResultColumn } from '../result/result.ts'
import { type ChartSpec, columnChannel, isJson, type Json } from './chart-spec.ts'

export const marks = ['line', 'area', 'bar', 'point', 'rect', 'arc', 'tick'] as const
export type Mark = (typeof marks)[number]

export const channels = ['x', 'y', 'color'] as const
export type Channel = (typeof channels)[number]

export const aggregates = ['none', 'sum', 'mean', 'median', 'min', 'max', 'count'] as const
export type Aggregate = (typeof aggregates)[number]

/** Whether clicking can change the spec: charts made of several parts are edited as text. */
export function isSimple(spec: ChartSpec): boolean {
  return !['layer', 'concat', 'hconcat', 'vconcat', 'repeat', 'facet'].some(key => key in spec)
}

export function markOf({ mark }: ChartSpec): string {
  const type = isJson(mark) ? mark.type : mark
  return typeof type === 'string' ? type : ''
}

export function withMark(spec: ChartSpec, mark: Mark): ChartSpec {
  return { ...spec, mark: isJson(spec.mark) ? { ...spec.mark, type: mark } : mark }
}

/** The name of the column that a channel shows; null when it shows none. */
export function columnIn(spec: ChartSpec, channel: Channel): string | null {
  const { field } = channelOf(spec, channel)
  return typeof field === 'string' ? field.replace(/\\(.)/g, '$1') : null
}

/** Puts a column on a channel, or clears it; what else the channel says stays where it still fits. */
export function withColumn(
  spec: ChartSpec,
  channel: Channel,
  column: ResultColumn | null,
): ChartSpec {
  const encoding = encodingOf(spec)
  if (!column) {
    const { [channel]: _, ...rest } = encoding
    return { ...spec, encoding: rest }
  }
  const { title, aggregate, axis, legend, scale } = channelOf(spec, channel)
  const isOfColumn = String(title).startsWith(columnIn(spec, channel) ?? '')
  const kept = {
    title: isOfColumn ? undefined : title,
    aggregate: isNumeric(column.kind) ? aggregate : undefined,
    axis: scale === undefined ? axis : undefined,
    legend,
  }
  const definition = { ...columnChannel(column.name), type: measureOf(column), ...defined(kept) }
  return { ...spec, encoding: { ...encoding, [channel]: definition } }
}

export function aggregateIn(spec: ChartSpec, channel: Channel): string {
  const { aggregate } = channelOf(spec, channel)
  return typeof aggregate === 'string' ? aggregate : 'none'
}

export function withAggregate(spec: ChartSpec, channel: Channel, aggregate: Aggregate): ChartSpec {
  const { aggregate: _, ...rest } = channelOf(spec, channel)
  const definition = aggregate === 'none' ? rest : { ...rest, aggregate, type: 'quantitative' }
  return { ...spec, encoding: { ...encodingOf(spec), [channel]: definition } }
}

function encodingOf({ encoding }: ChartSpec): Json {
  return isJson(encoding) ? encoding : {}
}

function channelOf(spec: ChartSpec, channel: Channel): Json {
  const definition = encodingOf(spec)[channel]
  return isJson(definition) ? definition : {}
}

function measureOf({ kind }: ResultColumn): string {
  if (isTemporal(kind)) return 'temporal'
  return isNumeric(kind) ? 'quantitative' : 'nominal'
}

function defined(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
