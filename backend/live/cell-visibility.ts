import { splitColumn } from './cell-key.ts'
import type { TableSettings } from './live-store.ts'

/** The column of the mark that a row was deleted. */
export const deleteMark = ''

/** Decides which cells can be seen, when they come in key order: delete marks, time to live, versions. */
export class CellVisibility {
  readonly #settings: TableSettings
  readonly #now: number
  #row: Buffer | undefined
  #deletedUpTo = -Infinity
  #column = ''
  #versions = 0

  constructor(settings: TableSettings, now: number) {
    this.#settings = settings
    this.#now = now
  }

  isVisible(cell: { row: Buffer; column: string; timestamp: number }): boolean {
    if (this.#row === undefined || !this.#row.equals(cell.row)) {
      this.#row = cell.row
      this.#deletedUpTo = -Infinity
      this.#column = deleteMark
    }
    if (cell.column === deleteMark) {
      this.#deletedUpTo = Math.max(this.#deletedUpTo, cell.timestamp)
      return false
    }
    if (cell.column !== this.#column) {
      this.#column = cell.column
      this.#versions = 0
    }
    const family = this.#settings[splitColumn(cell.column)[0]]
    if (family === undefined || cell.timestamp <= this.#deletedUpTo) return false
    if (family.ttlMsMax !== undefined && cell.timestamp < this.#now - family.ttlMsMax) return false
    return ++this.#versions <= family.versionsMax
  }
}
