import type { VirtualItem } from '@tanstack/react-virtual'
import { memo } from 'react'
import { classes } from '../ui/classes.ts'
import type { ColumnFormat } from './column-format.ts'
import { isNumeric } from './column-kind.ts'
import styles from './grid.module.css'
import { type GridRange, type GridSelection, rangeOf } from './grid-selection.ts'
import type { Result } from './result.ts'
import type { RowWindow } from './row-window.ts'

interface GridBodyProps {
  id: string
  result: Result
  order: Uint32Array | null
  formats: readonly ColumnFormat[]
  window: RowWindow
  total: number
  columns: readonly VirtualItem[]
  selection: GridSelection
}

/** Text beyond this length is cut in the cell; the value in full is one key away. */
const shownTextMax = 300

export function GridBody(props: GridBodyProps) {
  const { window, selection } = props
  const range = rangeOf(selection)
  const rows = Array.from({ length: window.end - window.first }, (_, i) => window.first + i)
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    <div
      role="rowgroup"
      className={styles.canvas}
      style={{ height: window.canvasHeight, width: props.total }}
    >
      {rows.map(row => {
        const isSelected = row >= range.top && row <= range.bottom
        return (
          <GridRow
            key={row}
            id={props.id}
            result={props.result}
            formats={props.formats}
            columns={props.columns}
            row={row}
            source={props.order?.[row] ?? row}
            top={window.top(row)}
            range={isSelected ? range : null}
            active={selection.active.row === row ? selection.active.column : -1}
          />
        )
      })}
    </div>
  )
}

interface GridRowProps {
  id: string
  result: Result
  formats: readonly ColumnFormat[]
  columns: readonly VirtualItem[]
  row: number
  /** The row of the result that stands here. */
  source: number
  top: number
  range: GridRange | null
  active: number
}

const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, source, result, range } = props
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    // biome-ignore lint/a11y/useFocusableInteractive: see the header
    <div
      role="row"
      aria-rowindex={row + 2}
      className={styles.row}
      style={{ transform: `translateY(${props.top}px)` }}
    >
      {props.columns.map(({ index, start, size }) => {
        const column = result.columns[index]
        if (!column) return null
        const value = column.at(source)
        const isNull = value === null || value === undefined
        const text = isNull ? 'null' : (props.formats[index]?.(value) ?? '')
        const isSelected = range !== null && index >= range.left && index <= range.right
        return (
          // biome-ignore lint/a11y/useSemanticElements: see the grid
          // biome-ignore lint/a11y/useFocusableInteractive: see the header
          <div
            key={index}
            id={`${props.id}-${row}-${index}`}
            role="gridcell"
            aria-colindex={index + 1}
            data-row={row}
            data-column={index}
            className={classes(
              styles.cell,
              isNumeric(column.kind) && styles.right,
              isNull && styles.null,
              isSelected && styles.selected,
              props.active === index && styles.active,
            )}
            style={{ width: size, transform: `translateX(${start}px)` }}
          >
            {text.length > shownTextMax ? `${text.slice(0, shownTextMax)}…` : text}
          </div>
        )
      })}
    </div>
  )
})
