import { useEffect, useState } from 'react'
import { cellName } from '../../../backend/contract/notebook-format.ts'
import { systemClock } from '../base/clock.ts'
import type { SqlTable } from '../editor/sql-catalog.ts'
import type { NotebookSession } from './notebook-session.ts'

const restMs = 300
const none: readonly SqlTable[] = []

/** The cells and files that statements of a notebook can read by name. */
export function useNotebookTables(session: NotebookSession): readonly SqlTable[] {
  const [tables, setTables] = useState(none)
  useEffect(() => {
    let callOff: (() => void) | null = null
    let ends: (() => void)[] = []
    const read = (): void => {
      callOff = null
      const ids = session.state.get()?.ids ?? []
      for (const end of ends) end()
      ends = ids.map(id => session.runner(id).run.subscribe(soon))
      const found = [...cellTables(session), ...fileTables(session)]
      setTables(before => (isSame(before, found) ? before : found))
    }
    const soon = (): void => {
      callOff ??= systemClock.after(restMs, read)
    }
    const endState = session.state.subscribe(soon)
    const endFiles = session.files.list.subscribe(soon)
    soon()
    return () => {
      callOff?.()
      endState()
      endFiles()
      for (const end of ends) end()
    }
  }, [session])
  return tables
}

function cellTables(session: NotebookSession): SqlTable[] {
  const state = session.state.get()
  return (state?.notebook.cells ?? []).flatMap((cell, i) => {
    const [name, id] = [cellName(cell), state?.ids[i]]
    const shown = id && session.runner(id).run.get().shown
    if (name === null || !shown) return []
    const columns = shown.result.columns.map(column => {
      return { name: column.name, type: column.sqlType, isNullable: true }
    })
    return [table(name, `The result of the cell ${name}`, columns, shown.result.rows)]
  })
}

function fileTables(session: NotebookSession): SqlTable[] {
  return session.files.list.get().map(({ name, file }) => {
    return table(name, `${file.name}, a file in this browser`, [], 0)
  })
}

function table(
  name: string,
  description: string,
  columns: SqlTable['columns'],
  rows: number,
): SqlTable {
  return { schema: '', name, description, columns, rows, isLive: false }
}

/** Apart from how many rows they have. */
function isSame(a: readonly SqlTable[], b: readonly SqlTable[]): boolean {
  const shape = (tables: readonly SqlTable[]): string =>
    JSON.stringify(tables.map(({ name, columns }) => [name, columns]))
  return shape(a) === shape(b)
}
