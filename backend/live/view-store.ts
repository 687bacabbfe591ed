import type { Clock } from '../base/clock.ts'
import type { Cell, LiveStore } from './live-store.ts'

/** A live view as it was asked for. */
export interface ViewDefinition {
  /** In small letters. */
  readonly name: string
  /** Another one for each time that a view of this name is made. */
  readonly id: string
  /** The SELECT. */
  readonly sql: string
  /** For how long rows are kept by the time that they are grouped by, such as `7 day`; undefined for ever. */
  readonly retention?: string | undefined
}

const table = 'live_views'
const column = 'd:definition'
/** Stands where a view was dropped: rows are not deleted, because a delete hides puts that follow it at once. */
const dropped = Buffer.from('dropped')

/** The definitions of all live views, where every process that shares the live store finds them. */
export class ViewStore {
  readonly #store: LiveStore
  readonly #clock: Clock

  constructor(store: LiveStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async open(): Promise<void> {
    await this.#store.ensureTable(table, { d: { versionsMax: 1 } })
  }

  async list(): Promise<ViewDefinition[]> {
    const found: ViewDefinition[] = []
    for await (const rows of this.#store.scan(table)) {
      for (const { key, cells } of rows) {
        const definition = definitionOf(key, cells[0])
        if (definition) found.push(definition)
      }
    }
    return found
  }

  async get(name: string): Promise<ViewDefinition | undefined> {
    const row = await this.#store.get(table, Buffer.from(name))
    return row && definitionOf(row.key, row.cells[0])
  }

  /**
   * Puts a definition in place of `before`, the one that is there now.
   * @returns false when another one is there by now, and nothing was put
   */
  async replace(before: ViewDefinition | undefined, after: ViewDefinition): Promise<boolean> {
    const { name, ...rest } = after
    return this.#put(name, before, Buffer.from(JSON.stringify(rest)))
  }

  async drop(definition: ViewDefinition): Promise<boolean> {
    return this.#put(definition.name, definition, dropped)
  }

  async #put(name: string, before: ViewDefinition | undefined, value: Buffer): Promise<boolean> {
    const key = Buffer.from(name)
    const now = await this.#store.get(table, key)
    const [cell] = now?.cells ?? []
    if (definitionOf(key, cell)?.id !== before?.id) return false
    const timestamp = Math.max(this.#clock.now(), (cell?.timestamp ?? 0) + 1)
    const row = { key, cells: [{ column, timestamp, value }] }
    return this.#store.checkAndPut(table, { column, expected: cell?.value }, row)
  }
}

function definitionOf(key: Buffer, cell: Cell | undefined): ViewDefinition | undefined {
  if (cell === undefined || cell.value.equals(dropped)) return undefined
  const stored = JSON.parse(cell.value.toString()) as Omit<ViewDefinition, 'name'>
  return { name: key.toString(), ...stored }
}
