import { useVirtualizer } from '@tanstack/react-virtual'
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { columnFormat } from './column-format.ts'
import { fitWidths, naturalWidths } from './column-widths.ts'
import styles from './grid.module.css'
import { GridBody } from './grid-body.tsx'
import { GridHeader, headerHeightPx } from './grid-header.tsx'
import type { GridPlace } from './grid-selection.ts'
import { PartNote } from './part-note.tsx'
import { isWhole, partText, type Result } from './result.ts'
import { rowWindow } from './row-window.ts'
import { nextSort, type RowSort, sortRows } from './sort-rows.ts'
import { useGridKeys } from './use-grid-keys.ts'
import { useScrollBox } from './use-scroll-box.ts'
import { ValuePopover } from './value-popover.tsx'

export const rowHeightPx = 28
const scrollBarPx = 10

interface ResultGridProps {
  result: Result
  /** What the table shows, for assistive technology. */
  label: string
  /** A fixed height, or that of the room around. */
  height: number | 'fill'
  isCompact?: boolean
}

/** Height at which a grid shows so many rows without a scroll bar. */
export function gridHeight(rows: number, isCompact = false): number {
  return headerHeightPx(isCompact) + Math.max(1, rows) * rowHeightPx + 1
}

/** A table of any length and width: only what is in view is drawn. */
export function ResultGrid({ result, label, height, isCompact = false }: ResultGridProps) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const box = useScrollBox(scroller)
  const [sort, setSort] = useState<RowSort | null>(null)
  const [fixed, setFixed] = useState<Readonly<Record<string, number>>>({})
  const formats = useMemo(
    () => result.columns.map(column => columnFormat(column, result)),
    [result],
  )
  const widths = useColumnWidths(result, formats, fixed, box.width)
  const order = useOrder(result, sort)
  const headHeight = headerHeightPx(isCompact)
  const scroll = {
    rows: result.rows,
    rowHeight: rowHeightPx,
    viewHeight: Math.max(rowHeightPx, box.height - headHeight),
    scrollTop: box.scrollTop,
  }
  const window = rowWindow(scroll)
  const columns = useVirtualizer({
    horizontal: true,
    count: widths.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => widths[index] ?? 0,
    overscan: 2,
  })
  const items = columns.getVirtualItems()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the virtualizer does not see that widths changed
  useLayoutEffect(() => columns.measure(), [columns, widths])
  const total = widths.reduce((sum, width) => sum + width, 0)
  const scrollBar = total > box.width ? scrollBarPx : 0
  const keys = useGridKeys({ result, order, scroll, scroller, columns, onSort: toggleSort })

  const { active } = keys.selection

  /** The active cell may be scrolled out of what is drawn. */
  function isDrawn({ row, column }: GridPlace): boolean {
    const isRow = row < 0 || (row >= window.first && row < window.end)
    return isRow && items.some(item => item.index === column)
  }

  function toggleSort(column: number): void {
    setSort(nextSort(sort, column))
  }

  function resize(name: string, width: number | null): void {
    setFixed(({ [name]: _, ...others }) => (width === null ? others : { ...others, [name]: width }))
  }

  return (
    <div className={height === 'fill' ? styles.filled : undefined}>
      {sort && !isWhole(result) && (
        <PartNote>
          Sorted within the first {partText(result)}: ORDER BY in the statement sorts all of them.
        </PartNote>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot draw only what is in view */}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={result.rows + 1}
        aria-colcount={result.columns.length}
        aria-activedescendant={isDrawn(active) ? `${id}-${active.row}-${active.column}` : undefined}
        tabIndex={0}
        className={styles.grid}
        style={height === 'fill' ? undefined : { height: height + scrollBar }}
        {...keys.handlers}
      >
        <GridHeader
          {...{ id, result, sort, widths, isCompact, total }}
          columns={items}
          active={active}
          onSort={toggleSort}
          onResize={resize}
        />
        <GridBody
          {...{ id, result, order, formats, window, total }}
          columns={items}
          selection={keys.selection}
        />
      </div>
      <ValuePopover opened={keys.opened} onClose={keys.closeValue} />
    </div>
  )
}

function useOrder(result: Result, sort: RowSort | null): Uint32Array | null {
  return useMemo(() => {
    const column = sort && result.columns[sort.column]
    return column ? sortRows(column, result.rows, sort.direction) : null
  }, [result, sort])
}

function useColumnWidths(
  result: Result,
  formats: ReturnType<typeof columnFormat>[],
  fixed: Readonly<Record<string, number>>,
  room: number,
): number[] {
  // While events arrive, columns only grow: numbers that change must not make the table jump.
  const widest = useRef<{ key: string; widths: number[] }>({ key: '', widths: [] })
  return useMemo(() => {
    const key = result.columns.map(column => `${column.name} ${column.sqlType}`).join()
    const before = widest.current.key === key ? widest.current.widths : []
    const natural = naturalWidths(result, formats).map((width, i) =>
      Math.max(width, before[i] ?? 0),
    )
    widest.current = { key, widths: natural }
    return fitWidths(
      natural,
      result.columns.map(column => fixed[column.name]),
      room,
    )
  }, [result, formats, fixed, room])
}
