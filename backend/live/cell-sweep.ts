import type { Clock } from '../base/clock.ts'
import type { LevelOperation, OrderedDatabase } from '../base/level-database.ts'
import { decodeCellKey, rowsRange } from './cell-key.ts'
import { CellVisibility, deleteMark } from './cell-visibility.ts'
import type { TableSettings } from './live-store.ts'

const sweepEveryMs = 60_000
const deleteMarksKeptMs = 3_600_000
/** Cells that are looked at in one go; a put of more of them has twice as many as it puts. */
const cellsAtATime = 2_000
const deletesAtATime = 1_000
/** A table whose cells do not expire is swept once this share of it has changed. */
const changedShare = 0.2

interface SweptTable {
  settings: TableSettings
  /** Cells that were put or deleted since the last sweep began. */
  changes: number
  /** Cells that the last sweep left. */
  cells: number
  dueAt: number
}

interface Sweep {
  readonly table: string
  readonly now: number
  /** The row to go on with. */
  row: Buffer | undefined
  left: number
}

/**
 * Frees the room of cells that no read can see any more: a little with each put, so that none waits for a sweep of a
 * large table, and each table only as often as it changes, so that what a put costs does not grow with the table.
 */
export class CellSweep {
  readonly #database: OrderedDatabase
  readonly #clock: Clock
  readonly #tables = new Map<string, SweptTable>()
  #sweep: Sweep | undefined
  #isBusy = false

  constructor(database: OrderedDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  changed(table: string, settings: TableSettings, cells: number): void {
    const known = this.#tables.get(table)
    if (known === undefined) {
      const dueAt = this.#clock.elapsed() + sweepEveryMs
      this.#tables.set(table, { settings, changes: cells, cells: 0, dueAt })
      return
    }
    known.settings = settings
    known.changes += cells
  }

  /** Goes on with a sweep, or begins one that is due. @param cells that were put just now */
  async goOn(cells: number): Promise<void> {
    if (this.#isBusy) return
    this.#sweep ??= this.#begun()
    if (this.#sweep === undefined) return
    this.#isBusy = true
    try {
      const isOver = await this.#goThrough(this.#sweep, Math.max(cellsAtATime, 2 * cells))
      if (isOver) this.#end(this.#sweep)
    } finally {
      this.#isBusy = false
    }
  }

  #begun(): Sweep | undefined {
    for (const [table, swept] of this.#tables) {
      if (this.#clock.elapsed() < swept.dueAt) continue
      const isChanged = swept.changes > 0 && swept.changes >= changedShare * swept.cells
      if (!isChanged && !expires(swept.settings)) continue
      swept.changes = 0
      return { table, now: this.#clock.now(), row: undefined, left: 0 }
    }
    return undefined
  }

  #end({ table, left }: Sweep): void {
    this.#sweep = undefined
    const swept = this.#tables.get(table)
    if (swept === undefined) return
    swept.cells = left
    swept.dueAt = this.#clock.elapsed() + sweepEveryMs
  }

  /** Goes through whole rows of so many cells or somewhat more. @returns whether there are no more */
  async #goThrough(sweep: Sweep, cellsMax: number): Promise<boolean> {
    const { table, now } = sweep
    const visibility = new CellVisibility(this.#tables.get(table)?.settings ?? {}, now)
    let gone: LevelOperation[] = []
    let seen = 0
    let row: Buffer | undefined
    let isOver = true
    for await (const key of this.#database.keys(rowsRange(table, sweep.row, undefined))) {
      const cell = decodeCellKey(key)
      if (seen >= cellsMax && row?.equals(cell.row) === false) {
        sweep.row = cell.row
        isOver = false
        break
      }
      row = cell.row
      seen++
      const isVisible = visibility.isVisible(cell)
      const isMark = cell.column === deleteMark
      const isGone = isMark ? cell.timestamp < now - deleteMarksKeptMs : !isVisible
      if (isGone) gone.push({ type: 'del', key })
      else sweep.left++
      if (gone.length < deletesAtATime) continue
      await this.#database.write(gone)
      gone = []
    }
    if (gone.length > 0) await this.#database.write(gone)
    return isOver
  }
}

function expires(settings: TableSettings): boolean {
  return Object.values(settings).some(({ ttlMsMax }) => ttlMsMax !== undefined)
}
