import type { VirtualItem } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { memo, type PointerEvent } from 'react'
import { classes } from '../ui/classes.ts'
import { isNumeric, typeLabel } from './column-kind.ts'
import { nullShareText } from './column-profile.ts'
import styles from './grid.module.css'
import type { GridPlace } from './grid-selection.ts'
import { MiniBars } from './mini-bars.tsx'
import type { Result, ResultColumn } from './result.ts'
import type { RowSort } from './sort-rows.ts'
import { useColumnProfile } from './use-column-profile.ts'

const heightPx = 68
const compactHeightPx = 30
const widthMinPx = 48

export function headerHeightPx(isCompact: boolean): number {
  return isCompact ? compactHeightPx : heightPx
}

interface GridHeaderProps {
  id: string
  result: Result
  columns: readonly VirtualItem[]
  widths: readonly number[]
  total: number
  sort: RowSort | null
  active: GridPlace
  isCompact: boolean
  onSort: (column: number) => void
  onResize: (name: string, width: number | null) => void
}

export function GridHeader(props: GridHeaderProps) {
  const { id, result, columns, sort, active, isCompact } = props
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    <div
      role="rowgroup"
      className={styles.head}
      style={{ height: headerHeightPx(isCompact), width: props.total }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see the grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell */}
      <div role="row" aria-rowindex={1}>
        {columns.map(({ index, start }) => {
          const column = result.columns[index]
          if (!column) return null
          return (
            <HeaderCell
              key={index}
              id={`${id}--1-${index}`}
              column={column}
              rows={result.rows}
              left={start}
              width={props.widths[index] ?? 0}
              sorted={sort?.column === index ? sort.direction : null}
              isActive={active.row < 0 && active.column === index}
              isCompact={isCompact}
              onSort={() => props.onSort(index)}
              onResize={width => props.onResize(column.name, width)}
            />
          )
        })}
      </div>
    </div>
  )
}

interface HeaderCellProps {
  id: string
  column: ResultColumn
  rows: number
  left: number
  width: number
  sorted: RowSort['direction'] | null
  isActive: boolean
  isCompact: boolean
  onSort: () => void
  onResize: (width: number | null) => void
}

function HeaderCell(props: HeaderCellProps) {
  const { column, sorted, width, left } = props
  const side = isNumeric(column.kind) ? styles.right : undefined
  const Arrow = sorted === 'ascending' ? ArrowUp : ArrowDown
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    // biome-ignore lint/a11y/useFocusableInteractive: see the row
    <div
      id={props.id}
      role="columnheader"
      aria-colindex={column.index + 1}
      aria-sort={sorted ?? 'none'}
      className={classes(styles.headCell, side, props.isActive && styles.active)}
      style={{ width, transform: `translateX(${left}px)` }}
    >
      <button
        type="button"
        tabIndex={-1}
        className={styles.sort}
        onClick={props.onSort}
        title={`${column.name} ${column.sqlType}`}
      >
        <span className={styles.name}>
          <span className={styles.nameText}>{column.name}</span>
          {sorted && <Arrow size={12} aria-hidden />}
        </span>
        {!props.isCompact && <ColumnSummary column={column} rows={props.rows} />}
      </button>
      <ResizeHandle width={width} onResize={props.onResize} />
    </div>
  )
}

const ColumnSummary = memo(function ColumnSummary({
  column,
  rows,
}: {
  column: ResultColumn
  rows: number
}) {
  const profile = useColumnProfile(column, rows)
  const nulls = nullShareText(rows === 0 ? 0 : column.nullCount / rows)
  return (
    <>
      <span className={styles.type}>
        {typeLabel(column.sqlType)}
        {nulls && ` · ${nulls}`}
      </span>
      <MiniBars bars={profile?.bars ?? []} />
    </>
  )
})

/** Drags the right edge of a column; a double click gives the width back to the table. */
function ResizeHandle({
  width,
  onResize,
}: {
  width: number
  onResize: (width: number | null) => void
}) {
  function start(event: PointerEvent<HTMLSpanElement>): void {
    const handle = event.currentTarget
    const from = event.clientX
    handle.setPointerCapture(event.pointerId)
    handle.onpointermove = move => onResize(Math.max(widthMinPx, width + move.clientX - from))
    handle.onpointerup = () => {
      handle.onpointermove = null
    }
    event.stopPropagation()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: widths are a matter of sight alone
    <span className={styles.resize} onPointerDown={start} onDoubleClick={() => onResize(null)} />
  )
}
