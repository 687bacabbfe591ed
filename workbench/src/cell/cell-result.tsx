import { Download, Pin } from 'lucide-react'
import { useMemo } from 'react'
import { cellName, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import { CellChart } from '../chart/cell-chart.tsx'
import { ColumnProfiles } from '../result/column-profiles.tsx'
import { ExportMenu } from '../result/export-menu.tsx'
import type { ExportQuery } from '../result/export-result.ts'
import { isWhole, partText, type Result } from '../result/result.ts'
import { gridHeight, ResultGrid } from '../result/result-grid.tsx'
import { Button } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { Hint } from '../ui/hint.tsx'
import { Segments } from '../ui/segments.tsx'
import styles from './cell.module.css'
import type { CellViewProps } from './cell-view-props.ts'
import { type ResultView, viewOf } from './result-view.ts'
import type { ShownResult } from './run-state.ts'

interface CellResultProps extends CellViewProps {
  cell: SqlCell
  shown: ShownResult
  /** Whether a later run has failed. */
  isOld: boolean
  onPin: () => void
}

const rowsShownMax = 10
const views = [
  { value: 'table', label: 'Table' },
  { value: 'chart', label: 'Chart' },
  { value: 'profile', label: 'Profile' },
] as const satisfies readonly { value: ResultView; label: string }[]

/** The result of a cell as a table, a chart, or a profile of its columns. */
export function CellResult(props: CellResultProps) {
  const { session, id, cell, shown, isOld, onPin } = props
  const { result } = shown
  const name = cellName(cell) ?? 'result'
  const view = useMemo(() => viewOf(cell), [cell])
  const choose = (next: ResultView): void =>
    session.apply({ type: 'attribute-set', id, key: 'view', value: next })
  return (
    <div className={classes(isOld && styles.old)}>
      <div className={styles.tabs}>
        <Segments label="How the result is shown" value={view} options={views} onChange={choose} />
        <span className={styles.space} />
        <RowCount result={result} />
        <ExportMenu
          result={result}
          query={exportQuery(shown)}
          queries={shown.queries}
          name={name}
          icon={<Download size={13} />}
        />
        <Button look="quiet" icon={<Pin size={13} />} onClick={onPin}>
          Pin
        </Button>
      </div>
      {view === 'table' && (
        <ResultGrid
          result={result}
          label={`Result of ${name}`}
          height={gridHeight(Math.min(result.rows, rowsShownMax))}
        />
      )}
      {view === 'chart' && <CellChart {...{ session, id, cell, result, name }} />}
      {view === 'profile' && <ColumnProfiles result={result} />}
    </div>
  )
}

function exportQuery({ sent, engine }: ShownResult): ExportQuery {
  return { sql: sent, engine: engine === 'spark' ? 'spark' : 'auto' }
}

function RowCount({ result }: { result: Result }) {
  const columns = `${result.columns.length} ${result.columns.length === 1 ? 'column' : 'columns'}`
  if (isWhole(result)) {
    return (
      <span className={styles.count}>
        {result.rows.toLocaleString('en')} {result.rows === 1 ? 'row' : 'rows'} · {columns}
      </span>
    )
  }
  const limit =
    result.cutBy === 'bytes'
      ? 'more would not fit this page’s memory'
      : 'more would only slow the page down'
  return (
    <Hint
      text={`Only the first rows are here: ${limit}. Narrow it with WHERE, GROUP BY or LIMIT; an export has all of them.`}
    >
      <span className={classes(styles.count, styles.cut)}>
        {partText(result)} · {columns}
      </span>
    </Hint>
  )
}
