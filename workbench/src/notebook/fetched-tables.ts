import { ProblemError } from '../api-client/problem-error.ts'
import { newQueryId, type QueryClient, type QueryProgress } from '../api-client/query-client.ts'
import type { Clock } from '../base/clock.ts'
import type { DataAge } from '../cell/data-age.ts'
import type { RunSlots } from '../cell/run-slots.ts'
import { oldestAge } from '../cell/run-state.ts'
import { quotedName } from '../editor/sql-catalog.ts'
import { arrowTable, type LocalTable } from '../engine/local-table.ts'
import type { Bytes } from '../result/result.ts'

export interface FetchedTablesParts {
  readonly queries: QueryClient
  readonly clock: Clock
  readonly slots: RunSlots
}

export interface WantedTable {
  readonly path: readonly string[]
  readonly columns: readonly string[]
  /** Whether its rows are always the same for the same states of its streams. */
  readonly isKept: boolean
}

export interface FetchedTable {
  readonly table: LocalTable
  readonly age: DataAge | null
}

interface KeptTable {
  readonly name: string
  readonly columns: ReadonlySet<string>
  readonly states: string
  readonly table: LocalTable
}

/** Of one table. */
const fetchedBytesMax = 128 * 2 ** 20
/** Of all that are kept for other statements. */
const keptBytesMax = 256 * 2 ** 20

/**
 * Columns of tables of the server, fetched for statements that read them beside what only this browser has. They are kept
 * while the server says that nothing has come to them since.
 */
export class FetchedTables {
  private readonly parts: FetchedTablesParts
  /** The one that was used last at the end. */
  private readonly kept = new Set<KeptTable>()

  constructor(parts: FetchedTablesParts) {
    this.parts = parts
  }

  /** All rows of the columns. Throws a `ProblemError` when they are more than a page takes. */
  async fetch(wanted: WantedTable, signal: AbortSignal): Promise<FetchedTable> {
    const giveBack = await this.parts.slots.take(signal)
    try {
      return (await this.fromKept(wanted, signal)) ?? (await this.fromServer(wanted, signal))
    } finally {
      giveBack()
    }
  }

  private async fromKept(wanted: WantedTable, signal: AbortSignal): Promise<FetchedTable | null> {
    const name = nameOf(wanted)
    const known = [...this.kept].find(
      each => each.name === name && wanted.columns.every(column => each.columns.has(column)),
    )
    if (!known) return null
    const state = await this.read(`SELECT 1 FROM ${name} LIMIT 0`, signal, () => {})
    this.kept.delete(known)
    if (statesOf(state) !== known.states) return null
    this.kept.add(known)
    return { table: known.table, age: this.ageOf(state) }
  }

  private async fromServer(wanted: WantedTable, signal: AbortSignal): Promise<FetchedTable> {
    const name = nameOf(wanted)
    const messages: Bytes[] = []
    let bytes = 0
    const columns = wanted.columns.map(quotedName).join(', ')
    const state = await this.read(`SELECT ${columns} FROM ${name}`, signal, message => {
      bytes += message.length
      messages.push(message)
      if (bytes > fetchedBytesMax) throw tooLarge(wanted.path.join('.'))
    })
    const table = arrowTable(messages)
    if (wanted.isKept && state.streams.length > 0) {
      this.keep({ name, columns: new Set(wanted.columns), states: statesOf(state), table })
    }
    return { table, age: this.ageOf(state) }
  }

  private keep(table: KeptTable): void {
    this.kept.add(table)
    let bytes = [...this.kept].reduce((sum, each) => sum + each.table.bytes, 0)
    for (const oldest of this.kept) {
      if (bytes <= keptBytesMax) return
      this.kept.delete(oldest)
      bytes -= oldest.table.bytes
    }
  }

  private async read(
    sql: string,
    signal: AbortSignal,
    onBytes: (bytes: Bytes) => void,
  ): Promise<QueryProgress> {
    const id = newQueryId()
    const { queries } = this.parts
    await queries.run({ id, sql }, { signal, onMessage: message => onBytes(message.bytes) })
    return queries.state(id, signal)
  }

  private ageOf(state: QueryProgress): DataAge | null {
    return oldestAge(state, this.parts.clock.now())
  }
}

function nameOf({ path }: WantedTable): string {
  return path.map(quotedName).join('.')
}

/** Equal for answers over the same states of the same streams. */
function statesOf({ streams }: QueryProgress): string {
  return JSON.stringify(
    streams.map(({ stream, version, partitions }) => [stream, version, partitions]),
  )
}

function tooLarge(name: string): ProblemError {
  const most = fetchedBytesMax / 2 ** 20
  return new ProblemError({
    type: 'about:blank',
    title: 'The statement cannot run as it is',
    status: 0,
    code: 'page',
    detail: `${name} has more than the ${most} MB that are fetched to be read beside what only this browser has.`,
    hint: `Filter or aggregate ${name} in a cell of its own, and read that cell here.`,
    retryable: false,
  })
}
