import styles from './grid.module.css'

const heightPx = 14
const barPx = 4
const gapPx = 1

/** A histogram as small as a word. */
export function MiniBars({ bars }: { bars: readonly number[] }) {
  const width = bars.length * (barPx + gapPx)
  return (
    <svg className={styles.bars} width={width} height={heightPx} aria-hidden="true">
      {bars.map((bar, i) => {
        const height = bar === 0 ? 0 : Math.max(1, Math.round(bar * heightPx))
        const x = i * (barPx + gapPx)
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
        return <rect key={i} x={x} y={heightPx - height} width={barPx} height={height} />
      })}
    </svg>
  )
}
