import { useMemo, useRef } from 'react'
import type { Result } from '../result/result.ts'
import {
  type ChartSpec,
  type ParsedSpec,
  parseSpec,
  type SpecError,
  specText,
} from './chart-spec.ts'
import { proposeChart } from './propose-chart.ts'

/** What there is to draw: the author's spec, or what fits the result. */
export type CellChart =
  | { readonly is: 'chart'; readonly spec: ChartSpec }
  | { readonly is: 'number' }
  | { readonly is: 'nothing'; readonly reason: string }
  /** The spec is not JSON, or not yet; `before` is what was drawn last. */
  | { readonly is: 'broken'; readonly error: SpecError; readonly before: ChartSpec | null }

/** The chart of a cell; equal specs are the same object, so that a live result only moves the marks. */
export function useChart(ownText: string | null, result: Result): CellChart {
  const own = useMemo(() => (ownText === null ? null : parseSpec(ownText)), [ownText])
  const before = useRef<ChartSpec | null>(null)
  return useMemo((): CellChart => {
    const chart = chartOf(own, result, before.current)
    if (chart.is === 'chart') before.current = chart.spec
    return chart
  }, [own, result])
}

export function chartOf(
  own: ParsedSpec | null,
  result: Result,
  before: ChartSpec | null,
): CellChart {
  if (own) {
    return 'error' in own
      ? { is: 'broken', error: own.error, before }
      : { is: 'chart', spec: own.spec }
  }
  const proposal = proposeChart(result)
  if (proposal.is !== 'chart') return proposal
  const isSame = before !== null && specText(before) === specText(proposal.spec)
  return isSame ? { is: 'chart', spec: before } : proposal
}
