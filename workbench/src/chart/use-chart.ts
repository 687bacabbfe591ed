import { useMemo, useRef } from 'react'
import type { Result } from '../result/result.ts'
import { type ChartSpec, parseSpec, type SpecError, specText } from './chart-spec.ts'
import { proposeChart } from './propose-chart.ts'

/** What there is to draw: the author's spec, or what fits the result. */
export type CellChart =
  | { readonly is: 'chart'; readonly spec: ChartSpec; readonly isOwn: boolean }
  | { readonly is: 'number' }
  | { readonly is: 'nothing'; readonly reason: string }
  | { readonly is: 'broken'; readonly error: SpecError }

/** The chart of a cell; equal specs are the same object, so that a live result only moves the marks. */
export function useChart(ownText: string | null, result: Result): CellChart {
  const own = useMemo(() => (ownText === null ? null : parseSpec(ownText)), [ownText])
  const last = useRef<{ text: string; spec: ChartSpec } | null>(null)
  return useMemo((): CellChart => {
    if (own)
      return 'error' in own
        ? { is: 'broken', error: own.error }
        : { is: 'chart', spec: own.spec, isOwn: true }
    const proposal = proposeChart(result)
    if (proposal.is !== 'chart') return proposal
    const text = specText(proposal.spec)
    if (last.current?.text !== text) last.current = { text, spec: proposal.spec }
    return { is: 'chart', spec: last.current.spec, isOwn: false }
  }, [own, result])
}
