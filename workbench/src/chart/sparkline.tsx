import styles from './chart.module.css'

interface SparklineProps {
  values: readonly number[]
  color: number
}

const widthUnits = 200
const heightUnits = 40
const pointsMax = 200

/** The way of a number up to now, without axes. */
export function Sparkline({ values, color }: SparklineProps) {
  const points = thinned(values)
  if (points.length < 2) return null
  const low = Math.min(...points)
  const range = Math.max(...points) - low || 1
  const x = (i: number): number => (i / (points.length - 1)) * widthUnits
  const y = (value: number): number => heightUnits - 3 - ((value - low) / range) * (heightUnits - 6)
  const line = points.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const paint = `var(--chart-${color})`
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 ${widthUnits} ${heightUnits}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polygon
        points={`0,${heightUnits} ${line} ${widthUnits},${heightUnits}`}
        fill={paint}
        opacity="0.18"
      />
      <polyline
        points={line}
        fill="none"
        stroke={paint}
        strokeWidth="1.6"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}

/** The last of each step, so that a long series stays quick to draw. */
function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= pointsMax) return values
  const step = values.length / pointsMax
  return Array.from({ length: pointsMax }, (_, i) => values[Math.ceil((i + 1) * step) - 1] ?? 0)
}
