import { SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { cellSpec, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import styles from '../cell/cell.module.css'
import type { NotebookSession } from '../notebook/notebook-session.ts'
import type { CellId } from '../notebook/notebook-state.ts'
import type { Result } from '../result/result.ts'
import { IconButton } from '../ui/button.tsx'
import { ChartEditor } from './chart-editor.tsx'
import { ChartView } from './chart-view.tsx'
import { NumberView } from './number-view.tsx'
import { useChart } from './use-chart.ts'

interface CellChartProps {
  session: NotebookSession
  id: CellId
  cell: SqlCell
  result: Result
  name: string
}

/** The chart of a cell, and what changes it. */
export function CellChart({ session, id, cell, result, name }: CellChartProps) {
  const ownText = cellSpec(cell)
  const chart = useChart(ownText, result)
  const [isEdited, setEdited] = useState(chart.is === 'broken')
  const save = (spec: string | null): void => session.apply({ type: 'spec-set', id, spec })
  if (chart.is === 'nothing') return <p className={styles.nothing}>{chart.reason}</p>
  if (chart.is === 'number') {
    return (
      <div className={styles.numberBox}>
        <NumberView result={result} isLabelled />
      </div>
    )
  }
  const drawn = chart.is === 'chart' ? chart.spec : isEdited ? chart.before : null
  return (
    <div className={styles.chartBox}>
      {drawn ? (
        <ChartView spec={drawn} result={result} label={`Chart of ${name}`} />
      ) : (
        <p className={styles.nothing} role="alert">
          The spec of this chart is not JSON{chart.is === 'broken' && `: ${chart.error.message}`}
        </p>
      )}
      {isEdited ? (
        <ChartEditor
          spec={chart.is === 'chart' ? chart.spec : null}
          text={ownText}
          result={result}
          onSave={save}
          onClose={() => setEdited(false)}
        />
      ) : (
        <IconButton
          label="Edit the chart"
          icon={<SlidersHorizontal size={15} />}
          onClick={() => setEdited(true)}
        />
      )}
    </div>
  )
}
