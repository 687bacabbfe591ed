import { useMemo } from 'react'
import {
  cellAttributes,
  cellBody,
  cellName,
  type SqlCell,
} from '../../../backend/contract/notebook-format.ts'
import { useStore } from '../base/use-store.ts'
import { SqlEditor } from '../editor/sql-editor.tsx'
import { useKeywords } from '../editor/use-editor-catalog.ts'
import { classes } from '../ui/classes.ts'
import { ProblemNotice } from '../ui/problem-notice.tsx'
import styles from './cell.module.css'
import { CellFrame } from './cell-frame.tsx'
import { CellHeader } from './cell-header.tsx'
import { CellResult } from './cell-result.tsx'
import type { CellViewProps } from './cell-view-props.ts'
import { isStale } from './run-state.ts'

interface SqlCellProps extends CellViewProps {
  cell: SqlCell
  onPin: () => void
}

/** A statement with its editor and its result. */
export function SqlCellView(props: SqlCellProps) {
  const { session, id, cell, isSelected, isEditing } = props
  const runner = session.runner(id)
  const run = useStore(runner.run)
  const isOutdated = useStore(runner.isOutdated)
  const keywords = useKeywords()
  const body = cellBody(cell)
  const name = cellName(cell)
  const isFolded = useMemo(() => cellAttributes(cell).has('folded'), [cell])
  const problem = run.phase.is === 'failed' && run.sql === body ? run.phase.problem : null
  const label = name ? `Cell ${name}` : 'Cell'

  function onRun(next: 'stay' | 'go-on'): void {
    props.run(next === 'stay' ? 'run' : 'run-and-go-on', id)
  }

  return (
    <CellFrame {...{ id, label, isSelected, isEditing }} onSelect={() => session.select(id)}>
      <CellHeader
        {...props}
        run={props.run}
        state={run}
        isStale={isOutdated || isStale(run, body)}
      />
      {!isFolded && (
        <SqlEditor
          textKey={`${session.document.address.name}/${id}`}
          value={body}
          label={name ? `SQL of ${name}` : 'SQL'}
          keywords={keywords}
          problem={problem}
          isFocused={isEditing}
          onChange={text => session.apply({ type: 'edited', id, body: text })}
          onFocus={() => session.select(id, true)}
          onLeave={() => session.select(id, false)}
          onRun={onRun}
        />
      )}
      {run.phase.is === 'failed' && (
        <div className={classes(styles.problem, problem === null && styles.old)}>
          <ProblemNotice problem={run.phase.problem} place={placeText(problem?.position)} />
        </div>
      )}
      {run.phase.is === 'cancelled' && (
        <p className={styles.note}>
          Cancelled; the engine confirmed it after {Math.round(run.phase.confirmedAfterMs)} ms.
        </p>
      )}
      {run.shown && <CellResult {...props} shown={run.shown} isOld={run.phase.is === 'failed'} />}
    </CellFrame>
  )
}

function placeText(position: { line: number; column: number } | undefined): string | null {
  return position ? `line ${position.line}, column ${position.column}` : null
}
