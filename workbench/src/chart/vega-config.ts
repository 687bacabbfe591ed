import type { Json } from './chart-spec.ts'

/** Reads a token of the page's stylesheet. */
type ReadToken = (name: string) => string

export const font = '"Inter Variable", system-ui, sans-serif'
export const fontSizePx = 11

/** How charts look, from the page's tokens. */
export function vegaConfig(token: ReadToken): Json {
  const text = { labelColor: token('ink-2'), titleColor: token('ink-2') }
  const type = { labelFontSize: fontSizePx, titleFontSize: fontSizePx, titleFontWeight: 500 }
  const color = token('chart-1')
  return {
    font,
    background: 'transparent',
    padding: 4,
    // Of d3's formats only this one is exact, and never takes to exponents on an axis.
    numberFormat: ',.15~r',
    axis: {
      ...text,
      ...type,
      domain: false,
      ticks: false,
      gridColor: token('line-2'),
      labelPadding: 8,
      titlePadding: 10,
      labelLimit: 160,
    },
    axisX: { grid: false, labelOverlap: 'greedy', labelSeparation: 8, labelFlush: true },
    axisY: { tickCount: 5, labelOverlap: 'greedy' },
    axisQuantitative: { tickCount: 5 },
    // Bins have a label each: of too many every second one goes, so that the rest stays even.
    axisXQuantitative: { grid: true, labelOverlap: 'parity' },
    axisYTemporal: { grid: false },
    axisDiscrete: { grid: false },
    view: { stroke: null },
    range: {
      category: [1, 2, 3, 4, 5, 6].map(index => token(`chart-${index}`)),
      heatmap: [token('accent-soft'), color],
      ramp: [token('accent-soft'), color],
      ordinal: [token('accent-soft'), color],
    },
    legend: {
      ...text,
      ...type,
      orient: 'top',
      direction: 'horizontal',
      symbolSize: 60,
      symbolStrokeWidth: 2,
      offset: 6,
      columnPadding: 18,
      gradientLength: 140,
      gradientThickness: 8,
    },
    header: { ...text, ...type },
    title: { color: token('ink'), fontSize: 13, fontWeight: 600, anchor: 'start' },
    mark: { tooltip: true, color },
    line: {
      strokeWidth: 1.8,
      strokeCap: 'round',
      strokeJoin: 'round',
      point: { size: 70, opacity: 0 },
    },
    area: { fillOpacity: 0.22, line: { strokeWidth: 1.8 } },
    bar: { color, cornerRadiusEnd: 2 },
    point: { filled: true, opacity: 0.65, size: 34, color },
    rect: { color, stroke: token('surface'), strokeWidth: 1 },
    arc: { stroke: token('surface'), strokeWidth: 1 },
    rule: { color: token('ink-3') },
    text: { color: token('ink'), font },
    scale: { bandPaddingInner: 0.14 },
  }
}
