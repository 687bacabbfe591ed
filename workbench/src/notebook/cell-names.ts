import { changesDefinitions } from '../../../backend/contract/definition-statement.ts'
import { isCellNameTaken } from '../../../backend/contract/notebook-edit.ts'
import { cellBody, cellName, type NotebookCell } from '../../../backend/contract/notebook-format.ts'
import { commonTablesOf } from '../engine/named-relations.ts'
import { renameRelation } from '../engine/rename-relation.ts'
import { type CellId, cellAt, type NotebookState } from './notebook-state.ts'

/** What a name means where no cell has it. */
export type MeaningOf = (name: string) => 'table' | 'file' | null

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
  if (meaning !== null && !(cell && makesTables(cell))) return `a ${meaning} has this name`
  for (const [reader] of renamedReaders(state, { id, name }, meaningOf)) {
    const other = cellAt(state, reader)
    if (other && commonTablesOf(cellBody(other)).has(name.toLowerCase())) {
      return `${cellName(other) ?? 'a cell that reads this one'} has a WITH of this name`
    }
  }
  return null
}

/** The statements of the cells that read a cell, as they read it under another name. */
export function renamedReaders(
  state: NotebookState,
  { id, name }: { id: CellId; name: string },
  meaningOf: MeaningOf,
): ReadonlyMap<CellId, string> {
  const cell = cellAt(state, id)
  const before = cell && cellName(cell)
  const readers = new Map<CellId, string>()
  if (!before || makesTables(cell) || meaningOf(before) !== null) return readers
  state.notebook.cells.forEach((other, index) => {
    const reader = state.ids[index]
    if (other.kind !== 'sql' || reader === undefined || reader === id) return
    const body = renameRelation(cellBody(other), before, name)
    if (body !== cellBody(other)) readers.set(reader, body)
  })
  return readers
}

/** Such a cell has no result that others could read. */
function makesTables(cell: NotebookCell): boolean {
  return cell.kind === 'sql' && changesDefinitions(cellBody(cell))
}
