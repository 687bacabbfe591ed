import embed, { type EmbedOptions, type VisualizationSpec, vega } from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'
import type { ChartRow } from './chart-data.ts'
import type { ChartSpec, Json } from './chart-spec.ts'
import { dataName, isFitted, prepareSpec } from './prepare-spec.ts'
import { type DrawnRow, rowChange } from './row-change.ts'
import { timeAxisFormat } from './time-axis.ts'

export interface ChartSize {
  readonly width: number
  readonly height: number
}

/** A chart on the page. */
export interface DrawnChart {
  /** Puts other rows into the chart: only its marks move. */
  setRows(rows: readonly ChartRow[]): Promise<void>
  resize(size: ChartSize): Promise<void>
  remove(): void
}

interface DrawOptions {
  readonly spec: ChartSpec
  readonly rows: readonly ChartRow[]
  readonly size: ChartSize
  readonly config: Json
  readonly theme: 'light' | 'dark'
}

/** A chart's data is its cell's: a spec that asks for more gets nothing, and its links lead out of the page. */
const noLoader: NonNullable<EmbedOptions['loader']> = {
  load: () => Promise.reject(new Error('A chart draws the result of its cell and loads nothing')),
  sanitize: (uri: string) =>
    /^(https?:|\/|#)/i.test(uri)
      ? Promise.resolve({ href: uri, target: '_blank', rel: 'noopener noreferrer' })
      : Promise.reject(new Error(`This link is not allowed: ${uri}`)),
  http: () => Promise.reject(new Error('A chart loads nothing')),
  file: () => Promise.reject(new Error('A chart loads nothing')),
}

/** Draws a chart into an element. Throws what Vega-Lite says when it cannot take the spec. */
export async function drawChart(element: HTMLElement, options: DrawOptions): Promise<DrawnChart> {
  const { spec, rows, size, config, theme } = options
  const isSized = isFitted(spec)
  const { view, finalize } = await embed(
    element,
    // With its rows from the beginning: room for legends and labels is made when a chart is first laid out.
    { ...prepareSpec(spec, size), datasets: { [dataName]: rows } } as unknown as VisualizationSpec,
    {
      mode: 'vega-lite',
      actions: false,
      renderer: 'canvas',
      ast: true,
      expr: expressionInterpreter,
      config: config as NonNullable<EmbedOptions['config']>,
      patch: vega => timeAxisFormat(vega),
      tooltip: { theme },
      loader: noLoader,
      logLevel: 0,
      defaultStyle: false,
    },
  )
  let drawn: readonly DrawnRow[] = []
  const setRows = async (next: readonly ChartRow[]): Promise<void> => {
    const { rows, gone, come } = rowChange(drawn, next)
    const isAllNew = come.length === rows.length
    const changes = vega.changeset().remove(isAllNew ? vega.truthy : [...gone])
    drawn = rows
    view.change(dataName, changes.insert([...come]))
    await view.runAsync()
  }
  return {
    setRows,
    async resize(next) {
      if (!isSized) return
      if (typeof spec.width !== 'number') view.width(next.width)
      if (typeof spec.height !== 'number') view.height(next.height)
      await view.runAsync()
    },
    remove: finalize,
  }
}
