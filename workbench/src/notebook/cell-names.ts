import { changesDefinitions } from '../../../backend/contract/definition-statement.ts'
import { isCellNameTaken } from '../../../backend/contract/notebook-edit.ts'
import { cellBody, cellName, type NotebookCell } from '../../../backend/contract/notebook-format.ts'
import { commonTablesOf, namedRelations } from '../engine/named-relations.ts'
import { renameRelation } from '../engine/rename-relation.ts'
import { type CellId, cellAt, type NotebookState } from './notebook-state.ts'

/** What a name means where no cell has it; `unknown` before the server has told its tables. */
export type MeaningOf = (name: string) => 'table' | 'file' | 'unknown' | null

/** Why a cell cannot have the name; null when it can. */
export function whyNoName(
  state: NotebookState,
  { id, name }: { id: CellId; name: string },
  meaningOf: MeaningOf,
): string | null {
  const cell = cellAt(state, id)
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return 'a letter, then letters, digits, _ or -'
  if (isCellNameTaken(state.notebook, name, state.ids.indexOf(id))) {
    return 'another cell has this name'
  }
  const meaning = meaningOf(name)
  if (meaning === 'unknown') return 'the tables of the server are not known yet'
  if (meaning !== null && !(cell && makesTables(cell))) return `a ${meaning} has this name`
  const shadowing = allReaders(state, id, meaningOf).find(reader =>
    commonTablesOf(cellBody(reader)).has(name.toLowerCase()),
  )
  if (!shadowing) return null
  return `${cellName(shadowing) ?? 'a cell that reads this one'} has a WITH of this name`
}

/** The statements of the cells that read a cell, as they read it under another name. */
export function renamedReaders(
  state: NotebookState,
  { id, name }: { id: CellId; name: string },
  meaningOf: MeaningOf,
): ReadonlyMap<CellId, string> {
  const readers = new Map<CellId, string>()
  const before = nameToRead(state, id, meaningOf)
  if (before === null) return readers
  state.notebook.cells.forEach((other, index) => {
    const reader = state.ids[index]
    if (other.kind !== 'sql' || reader === undefined || reader === id) return
    const body = renameRelation(cellBody(other), before, name)
    if (body !== cellBody(other)) readers.set(reader, body)
  })
  return readers
}

/** The name by which other cells read this one; null when they read something else by it, or it has none. */
function nameToRead(state: NotebookState, id: CellId, meaningOf: MeaningOf): string | null {
  const cell = cellAt(state, id)
  const name = cell && cellName(cell)
  if (!name || makesTables(cell) || meaningOf(name) !== null) return null
  return isFirstOfName(state, id) ? name : null
}

/** Of cells that have one name, which a merge can bring about, the first one is meant by it. */
export function isFirstOfName(state: NotebookState, id: CellId): boolean {
  return !isCellNameTaken(
    { ...state.notebook, cells: state.notebook.cells.slice(0, state.ids.indexOf(id)) },
    nameOf(cellAt(state, id)),
  )
}

/** Cells that read this one, and those that read them. */
function allReaders(state: NotebookState, id: CellId, meaningOf: MeaningOf): NotebookCell[] {
  const found = new Set<CellId>()
  const visit = (from: CellId): void => {
    const name = nameToRead(state, from, meaningOf)?.toLowerCase()
    if (name === undefined) return
    state.notebook.cells.forEach((cell, index) => {
      const reader = state.ids[index]
      if (cell.kind !== 'sql' || reader === undefined || found.has(reader) || reader === id) return
      const paths = namedRelations(cellBody(cell))
      if (!paths.some(([first, more]) => more === undefined && first?.toLowerCase() === name))
        return
      found.add(reader)
      visit(reader)
    })
  }
  visit(id)
  return [...found].flatMap(reader => cellAt(state, reader) ?? [])
}

/** Such a cell has no result that others could read. */
function makesTables(cell: NotebookCell): boolean {
  return cell.kind === 'sql' && changesDefinitions(cellBody(cell))
}

function nameOf(cell: NotebookCell | null): string {
  return (cell && cellName(cell)) ?? ''
}
