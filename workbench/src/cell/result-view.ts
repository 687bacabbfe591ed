import { cellAttributes, type SqlCell } from '../../../backend/contract/notebook-format.ts'

export type ResultView = 'table' | 'chart' | 'profile'

/** What the author chose; else a chart where the cell has one, and a table where not. */
export function viewOf(cell: SqlCell): ResultView {
  const chosen = cellAttributes(cell).get('view')
  if (chosen === 'table' || chosen === 'chart' || chosen === 'profile') return chosen
  return cell.spec ? 'chart' : 'table'
}
