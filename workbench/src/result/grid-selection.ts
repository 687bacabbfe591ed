/** A place in the grid; the header is row -1. */
export interface GridPlace {
  readonly row: number
  readonly column: number
}

/** The cell that keys act on, and the other corner of what is selected. */
export interface GridSelection {
  readonly active: GridPlace
  readonly anchor: GridPlace
}

export interface GridExtent {
  rows: number
  columns: number
  pageRows: number
}

export interface GridRange {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

interface KeyPress {
  key: string
  isShift: boolean
  /** Ctrl, or ⌘ on a Mac. */
  isCommand: boolean
}

/** Where a key moves the selection; null when the key moves nothing. */
export function moveSelection(
  selection: GridSelection,
  press: KeyPress,
  extent: GridExtent,
): GridSelection | null {
  if (press.isCommand && press.key.toLowerCase() === 'a') return selectAll(extent)
  const moved = movePlace(selection.active, press, extent)
  if (!moved) return null
  const active = clampPlace(moved, extent)
  return { active, anchor: press.isShift && active.row >= 0 ? bodyPlace(selection.anchor) : active }
}

export function rangeOf({ active, anchor }: GridSelection): GridRange {
  return {
    top: Math.min(active.row, anchor.row),
    bottom: Math.max(active.row, anchor.row),
    left: Math.min(active.column, anchor.column),
    right: Math.max(active.column, anchor.column),
  }
}

/** The selection held within a result that may have become smaller. */
export function clampSelection(selection: GridSelection, extent: GridExtent): GridSelection {
  return {
    active: clampPlace(selection.active, extent),
    anchor: clampPlace(selection.anchor, extent),
  }
}

function movePlace(place: GridPlace, press: KeyPress, extent: GridExtent): GridPlace | null {
  const { row, column } = place
  const lastRow = extent.rows - 1
  const lastColumn = extent.columns - 1
  switch (press.key) {
    case 'ArrowUp':
      return { row: press.isCommand ? 0 : row - 1, column }
    case 'ArrowDown':
      return { row: press.isCommand ? lastRow : row + 1, column }
    case 'ArrowLeft':
      return { row, column: press.isCommand ? 0 : column - 1 }
    case 'ArrowRight':
      return { row, column: press.isCommand ? lastColumn : column + 1 }
    case 'PageUp':
      return { row: Math.max(0, row - extent.pageRows), column }
    case 'PageDown':
      return { row: row + extent.pageRows, column }
    case 'Home':
      return { row: press.isCommand ? 0 : row, column: 0 }
    case 'End':
      return { row: press.isCommand ? lastRow : row, column: lastColumn }
    default:
      return null
  }
}

function selectAll(extent: GridExtent): GridSelection {
  const last = { row: extent.rows - 1, column: extent.columns - 1 }
  return { anchor: { row: 0, column: 0 }, active: last }
}

function clampPlace({ row, column }: GridPlace, extent: GridExtent): GridPlace {
  return {
    row: Math.max(-1, Math.min(row, extent.rows - 1)),
    column: Math.max(0, Math.min(column, extent.columns - 1)),
  }
}

function bodyPlace({ row, column }: GridPlace): GridPlace {
  return { row: Math.max(0, row), column }
}
