import { type RefObject, useEffect, useRef, useState } from 'react'
import { useStore } from '../base/use-store.ts'
import type { Result } from '../result/result.ts'
import { useThemeSwitch } from '../ui/theme-context.ts'
import { chartRows } from './chart-data.ts'
import type { DrawnChart } from './chart-runtime.ts'
import type { ChartSpec } from './chart-spec.ts'
import { font, fontSizePx, vegaConfig } from './vega-config.ts'

/** Keeps a chart in an element that of the spec, the result and the theme; gives what stands in its way. */
export function useDrawnChart(
  element: RefObject<HTMLDivElement | null>,
  spec: ChartSpec,
  result: Result,
): string | null {
  const theme = useStore(useThemeSwitch().theme)
  const chart = useRef<DrawnChart | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const latest = useRef(result)
  latest.current = result

  useEffect(() => {
    const host = element.current
    if (!host) return
    let isOver = false
    const place = document.createElement('div')
    const draw = async (): Promise<void> => {
      const [{ drawChart }] = await Promise.all([import('./chart-runtime.ts'), fontLoaded()])
      const { current } = latest
      const drawn = await drawChart(place, {
        spec,
        rows: chartRows(current),
        size: sizeOf(host),
        config: vegaConfig(pageToken),
        theme,
      })
      if (isOver) drawn.remove()
      else {
        // The old chart stays until the new one is there.
        host.replaceChildren(place)
        chart.current = drawn
        setProblem(null)
        if (latest.current !== current) await drawn.setRows(chartRows(latest.current))
      }
    }
    draw().catch((error: unknown) => {
      if (!isOver) setProblem(error instanceof Error ? error.message : String(error))
    })
    const observer = new ResizeObserver(() => void chart.current?.resize(sizeOf(host)))
    observer.observe(host)
    return () => {
      isOver = true
      observer.disconnect()
      chart.current?.remove()
      chart.current = null
    }
  }, [element, spec, theme])

  useEffect(() => {
    chart.current?.setRows(chartRows(result)).catch((error: unknown) => setProblem(String(error)))
  }, [result])

  return problem
}

/** Labels are measured when they are drawn: in another font they would be cut. */
async function fontLoaded(): Promise<void> {
  await document.fonts.load(`${fontSizePx}px ${font}`).catch(() => {})
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(60, element.clientWidth), height: Math.max(40, element.clientHeight) }
}

function pageToken(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
