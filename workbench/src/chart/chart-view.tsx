import { useRef } from 'react'
import type { Result } from '../result/result.ts'
import styles from './chart.module.css'
import { chartRowsMax } from './chart-data.ts'
import type { ChartSpec } from './chart-spec.ts'
import { useDrawnChart } from './use-drawn-chart.ts'

interface ChartViewProps {
  spec: ChartSpec
  result: Result
  /** What the chart shows, for assistive technology. */
  label: string
}

/** A chart that fills the room around it. */
export function ChartView({ spec, result, label }: ChartViewProps) {
  const element = useRef<HTMLDivElement>(null)
  const problem = useDrawnChart(element, spec, result)
  const drawn = Math.min(result.rows, chartRowsMax)
  const isEmpty = result.rows === 0
  const whole = result.rowsTotal ?? result.rows
  return (
    <figure className={styles.chart} aria-label={label}>
      <div ref={element} className={styles.host} hidden={problem !== null || isEmpty} />
      {isEmpty && problem === null && <p className={styles.empty}>There are no rows to draw.</p>}
      {problem !== null && (
        <p className={styles.problem} role="alert">
          Vega-Lite cannot draw this spec: {problem}
        </p>
      )}
      {drawn < whole && (
        <figcaption className={styles.note}>
          drawn from {drawn.toLocaleString('en')} of {whole.toLocaleString('en')} rows
        </figcaption>
      )}
    </figure>
  )
}
