import type { Virtualizer } from '@tanstack/react-virtual'
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useState,
} from 'react'
import { useToasts } from '../ui/toast-context.ts'
import { copiedText } from './copied-text.ts'
import {
  clampSelection,
  type GridPlace,
  type GridSelection,
  moveSelection,
  rangeOf,
} from './grid-selection.ts'
import type { Result, ResultColumn, Value } from './result.ts'
import { type RowScroll, scrollTopFor } from './row-window.ts'

/** A value that is shown in full, and the place of its cell on the page. */
export interface OpenedValue {
  readonly value: Value
  readonly column: ResultColumn
  readonly place: DOMRect
}

interface GridKeysOptions {
  result: Result
  order: Uint32Array | null
  scroll: RowScroll
  scroller: RefObject<HTMLDivElement | null>
  columns: Virtualizer<HTMLDivElement, Element>
  onSort: (column: number) => void
}

const startPlace: GridPlace = { row: 0, column: 0 }

/** What the keyboard and the pointer do in a grid: move, select, copy, sort, open a value. */
export function useGridKeys(options: GridKeysOptions) {
  const { result, scroll, scroller, columns, onSort } = options
  const toasts = useToasts()
  const [held, setHeld] = useState<GridSelection>({ active: startPlace, anchor: startPlace })
  const [opened, setOpened] = useState<OpenedValue | null>(null)
  const pageRows = Math.max(1, Math.floor(scroll.viewHeight / scroll.rowHeight) - 1)
  const extent = { rows: result.rows, columns: result.columns.length, pageRows }
  const selection = clampSelection(held, extent)

  function select(next: GridSelection): void {
    setHeld(next)
    const { row, column } = next.active
    if (scroller.current && row >= 0) scroller.current.scrollTop = scrollTopFor(row, scroll)
    columns.scrollToIndex(column, { align: 'auto' })
  }

  function open(cell: Element | null, { row, column }: GridPlace): void {
    const entry = result.columns[column]
    if (!cell || !entry || row < 0) return
    const value = entry.at(options.order?.[row] ?? row)
    setOpened({ value, column: entry, place: cell.getBoundingClientRect() })
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const { active } = selection
    if (event.key === 'Enter' && active.row < 0) onSort(active.column)
    else if (event.key === 'Enter' && !event.shiftKey && !isCommand(event)) {
      const id = event.currentTarget.getAttribute('aria-activedescendant') ?? ''
      open(document.getElementById(id), active)
    } else if (event.altKey) return
    else {
      const press = { key: event.key, isShift: event.shiftKey, isCommand: isCommand(event) }
      const next = moveSelection(selection, press, extent)
      if (!next) return
      select(next)
    }
    event.preventDefault()
    event.stopPropagation()
  }

  function onPointerDown(event: PointerEvent<HTMLDivElement>): void {
    const place = placeOf(event.target)
    if (!place || event.button !== 0) return
    setHeld(event.shiftKey ? { ...selection, active: place } : { active: place, anchor: place })
  }

  function onPointerMove(event: PointerEvent<HTMLDivElement>): void {
    const place = event.buttons === 1 ? placeOf(event.target) : null
    if (place) setHeld(before => ({ ...before, active: place }))
  }

  function onCopy(event: ClipboardEvent): void {
    const copied = copiedText(rangeOf(selection), options)
    if (copied === null || getSelection()?.toString()) return
    event.clipboardData.setData('text/plain', copied.text)
    event.preventDefault()
    if (copied.note) toasts.show({ text: copied.note })
  }

  return {
    selection,
    opened,
    closeValue: () => setOpened(null),
    handlers: {
      onKeyDown,
      onPointerDown,
      onPointerMove,
      onCopy,
      onDoubleClick: (event: { target: EventTarget }) => {
        const place = placeOf(event.target)
        if (place) open((event.target as Element).closest('[data-row]'), place)
      },
    },
  }
}

function placeOf(target: EventTarget): GridPlace | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null
  if (!cell) return null
  return { row: Number(cell.dataset.row), column: Number(cell.dataset.column) }
}

function isCommand(event: { ctrlKey: boolean; metaKey: boolean }): boolean {
  return event.ctrlKey || event.metaKey
}
