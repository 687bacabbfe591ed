import type { Clock } from '../base/clock.ts'
import type { LevelOperation, OrderedDatabase } from '../base/level-database.ts'
import { decodeCellKey, rowsRange } from './cell-key.ts'
import { CellVisibility, deleteMark } from './cell-visibility.ts'
import type { TableSettings } from './live-store.ts'

const sweepEveryMs = 60_000
const deleteMarksKeptMs = 3_600_000
/** Cells that a put looks at; one of many cells looks at twice as many as it puts. */
const cellsAtATime = 2_000
const deletesAtATime = 1_000
/** A table whose cells do not expire is swept once this share of it has changed. */
const changedShare = 0.2

interface SweptTable {
  /** Cells that were put or deleted since the last sweep began. */
  changes: number
  /** Cells that the last sweep left. */
  cells: number
  dueAt: number
}

interface Sweep {
  readonly table: string
  readonly now: number
  /** The row that it has come to. */
  row: Buffer | undefined
  left: number
}

export interface CellSweepParts {
  readonly database: OrderedDatabase
  readonly clock: Clock
  settingsOf(table: string): TableSettings
}

/**
 * Frees the room of cells that no read can see any more: a little with each put, so that none waits for a sweep of a
 * large table, and each table only as often as it changes, so that what a put costs does not grow with the table.
 */
export class CellSweep {
  readonly #parts: CellSweepParts
  readonly #tables = new Map<string, SweptTable>()
  #sweep: Sweep | undefined
  #isBusy = false

  constructor(parts: CellSweepParts) {
    this.#parts = parts
  }

  /** So many cells of the table were put or deleted. */
  changed(table: string, cells: number): void {
    const dueAt = this.#parts.clock.elapsed() + sweepEveryMs
    const swept = this.#tables.get(table) ?? { changes: 0, cells: 0, dueAt }
    swept.changes += cells
    this.#tables.set(table, swept)
  }

  /** Goes on with a sweep, or begins one that is due. @param cells that were put just now */
  async goOn(cells: number): Promise<void> {
    if (this.#isBusy) return
    this.#sweep ??= this.#nextDue()
    if (this.#sweep === undefined) return
    this.#isBusy = true
    try {
      const isOver = await this.#goThrough(this.#sweep, Math.max(cellsAtATime, 2 * cells))
      if (isOver) this.#end(this.#sweep)
    } finally {
      this.#isBusy = false
    }
  }

  #nextDue(): Sweep | undefined {
    const { clock } = this.#parts
    for (const [table, swept] of this.#tables) {
      if (clock.elapsed() < swept.dueAt) continue
      const isChanged = swept.changes > 0 && swept.changes >= changedShare * swept.cells
      if (!isChanged && !this.#expires(table)) continue
      swept.changes = 0
      return { table, now: clock.now(), row: undefined, left: 0 }
    }
    return undefined
  }

  #expires(table: string): boolean {
    const families = Object.values(this.#parts.settingsOf(table))
    return families.some(({ ttlMsMax }) => ttlMsMax !== undefined)
  }

  #end({ table, left }: Sweep): void {
    this.#sweep = undefined
    const changes = this.#tables.get(table)?.changes ?? 0
    const dueAt = this.#parts.clock.elapsed() + sweepEveryMs
    this.#tables.set(table, { changes, cells: left, dueAt })
  }

  /**
   * Goes through whole rows of so many cells or somewhat more, and frees each row at once: a mark that went before the
   * cells that it hides would show them again after a crash.
   * @returns whether there are no more
   */
  async #goThrough(sweep: Sweep, cellsMax: number): Promise<boolean> {
    const { database, settingsOf } = this.#parts
    const { table, now } = sweep
    const visibility = new CellVisibility(settingsOf(table), now)
    const gone: LevelOperation[] = []
    let seen = 0
    let isOver = true
    for await (const key of database.keys(rowsRange(table, sweep.row, undefined))) {
      const cell = decodeCellKey(key)
      if (!sweep.row?.equals(cell.row)) {
        sweep.row = cell.row
        isOver = seen < cellsMax
        if (!isOver) break
        if (gone.length >= deletesAtATime) await database.write(gone.splice(0))
      }
      seen++
      const isVisible = visibility.isVisible(cell)
      const isMark = cell.column === deleteMark
      const isGone = isMark ? cell.timestamp < now - deleteMarksKeptMs : !isVisible
      if (isGone) gone.push({ type: 'del', key })
      else sweep.left++
    }
    if (gone.length > 0) await database.write(gone)
    return isOver
  }
}
