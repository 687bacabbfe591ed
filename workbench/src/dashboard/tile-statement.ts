import {
  cellBody,
  cellEngine,
  cellName,
  type NotebookCell,
  type SqlCell,
} from '../../../backend/contract/notebook-format.ts'
import type { SqlCatalog } from '../editor/sql-catalog.ts'
import { placeStatement, type ReadableCell } from '../engine/place-statement.ts'

export type TileStatement = { readonly sql: string } | { readonly refused: string }

/** A cell's statement as the server keeps it current for a tile: with those of the cells that it reads. */
export function tileStatement(
  cell: SqlCell,
  cells: readonly NotebookCell[],
  catalog: SqlCatalog,
): TileStatement {
  const placement = placeStatement(readable(cell), {
    cells: cells.flatMap(other => (other.kind === 'sql' ? [readable(other)] : [])),
    files: [],
    hasTable: path => catalog.table(path) !== null,
  })
  if (placement.is === 'refused') return { refused: placement.problem.detail }
  const onServer = placement.is === 'server' ? placement : placement.otherwise
  if (onServer) return { sql: onServer.inlined.sql }
  return {
    refused: 'It reads a cell on Spark, and a dashboard is kept current by the server alone.',
  }
}

/** For a dashboard all runs on the server, but for what is written for Spark. */
function readable(cell: SqlCell): ReadableCell {
  const engine = cellEngine(cell)
  const sql = cellBody(cell)
  return { name: cellName(cell) ?? '', sql, engine: engine === 'spark' ? engine : 'auto' }
}
