import type { Clock } from '../base/clock.ts'
import type { Cell, LiveStore } from './live-store.ts'

/** Something that was made by a statement, to be found by its name. */
export interface Definition {
  /** In small letters. */
  readonly name: string
  /** Another one for each time that something of this name is made. */
  readonly id: string
}

const column = 'd:definition'
/** Stands where one was dropped: rows are not deleted, because a delete hides puts that follow it at once. */
const dropped = Buffer.from('dropped')

/** The definitions of one kind, where every process that shares the live store finds them. */
export class DefinitionStore<D extends Definition> {
  readonly #store: LiveStore
  readonly #table: string
  readonly #clock: Clock

  /** @param table holds these definitions and nothing else */
  constructor(store: LiveStore, table: string, clock: Clock) {
    this.#store = store
    this.#table = table
    this.#clock = clock
  }

  async open(): Promise<void> {
    await this.#store.ensureTable(this.#table, { d: { versionsMax: 1 } })
  }

  async list(): Promise<D[]> {
    const found: D[] = []
    for await (const rows of this.#store.scan(this.#table)) {
      for (const { key, cells } of rows) {
        const definition = definitionOf<D>(key, cells[0])
        if (definition) found.push(definition)
      }
    }
    return found
  }

  async get(name: string): Promise<D | undefined> {
    const row = await this.#store.get(this.#table, Buffer.from(name))
    return row && definitionOf<D>(row.key, row.cells[0])
  }

  /**
   * Puts a definition in place of `before`, the one that is there now.
   * @returns false when another one is there by now, and nothing was put
   */
  async replace(before: D | undefined, after: D): Promise<boolean> {
    const { name, ...rest } = after
    return this.#put(name, before, Buffer.from(JSON.stringify(rest)))
  }

  async drop(definition: D): Promise<boolean> {
    return this.#put(definition.name, definition, dropped)
  }

  async #put(name: string, before: D | undefined, value: Buffer): Promise<boolean> {
    const key = Buffer.from(name)
    const now = await this.#store.get(this.#table, key)
    const [cell] = now?.cells ?? []
    if (definitionOf<D>(key, cell)?.id !== before?.id) return false
    const timestamp = Math.max(this.#clock.now(), (cell?.timestamp ?? 0) + 1)
    const row = { key, cells: [{ column, timestamp, value }] }
    return this.#store.checkAndPut(this.#table, { column, expected: cell?.value }, row)
  }
}

function definitionOf<D extends Definition>(key: Buffer, cell: Cell | undefined): D | undefined {
  if (cell === undefined || cell.value.equals(dropped)) return undefined
  return { name: key.toString(), ...JSON.parse(cell.value.toString()) } as D
}
