import type { Clock } from '../base/clock.ts'
import { type Failure, isFailure, messageOf } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import type { Positions } from '../events/event-log.ts'
import { committedPositions } from '../ingest/lake-commit.ts'
import type { StreamTables } from '../ingest/stream-tables.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { HeldHistory, TableFile, TableState } from './engine-messages.ts'
import { engineUnavailable } from './engine-unavailable.ts'
import { mayHoldAbove } from './scans/file-offsets.ts'
import { tableStateOf } from './table-state.ts'

export interface SnapshotFeedParts {
  readonly lake: Lake
  /** Stream → its tables. */
  readonly tables: ReadonlyMap<string, StreamTables>
  readonly clock: Clock
  readonly log: Log
  /** Where ingest has begun a stream; undefined while it has not. */
  begunAt(stream: string): Positions | undefined
  send(state: TableState): void
  /** Called when the snapshots of a stream's tables have been sent. */
  onSent(stream: string): void
}

/** Hears whether statements have the newest snapshot of a stream's tables, or why not: they go on over the one before. */
export type SnapshotListener = (stream: string, failure: Failure | undefined) => void

const retryMs = 5_000

/** Sends the newest snapshots of streams' tables to the engine's process, with their files brought as far as they are needed. */
export class SnapshotFeed {
  readonly #parts: SnapshotFeedParts
  readonly #listeners = new Set<SnapshotListener>()
  /** Streams whose newest snapshot is tried again in a while. */
  readonly #missed = new Set<string>()
  /** Stream → what its live views have. */
  readonly #held = new Map<string, HeldHistory>()
  /** Table → path → the first version that was sent with it. */
  readonly #sentAt = new Map<string, ReadonlyMap<string, number>>()
  #updates: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(parts: SnapshotFeedParts) {
    this.#parts = parts
  }

  close(): void {
    this.#isClosed = true
  }

  listen(listener: SnapshotListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when all that was asked for by now has been sent. */
  get settled(): Promise<void> {
    return this.#updates
  }

  /** Sends all of it to a process that has just started. */
  restart(): void {
    this.#held.clear()
    for (const stream of this.#parts.tables.keys()) this.update(stream)
  }

  /** From now on files come with their snapshot that live views will need; undefined: there are no views. */
  hold(stream: string, held: HeldHistory | undefined): void {
    if (held === undefined) this.#held.delete(stream)
    else this.#held.set(stream, held)
  }

  /** Sends the newest snapshots of a stream's tables, in the order in which they were asked for. */
  update(stream: string): void {
    const tables = this.#parts.tables.get(stream)
    if (!tables) return
    this.#updates = this.#updates
      .then(async () => {
        const events = await this.#stateOf(tables.events)
        // After the rows: of offsets that another process has committed by now, the dead letters are there then as well.
        await tables.deadLetters.refresh()
        const deadLetters = await this.#stateOf(tables.deadLetters)
        for (const state of [deadLetters, events]) this.#parts.send(state)
        this.#parts.onSent(stream)
        for (const listener of this.#listeners) listener(stream, undefined)
      })
      .catch(error => this.#miss(stream, error))
  }

  /** Tries again in a while: no further commit may come. */
  #miss(stream: string, error: unknown): void {
    const { log, clock } = this.#parts
    log.error({ err: error, stream }, 'the lake cannot be read')
    const failure = isFailure(error) ? error : engineUnavailable(messageOf(error))
    for (const listener of this.#listeners) listener(stream, failure)
    if (this.#missed.has(stream)) return
    this.#missed.add(stream)
    void clock.sleep(retryMs).then(() => {
      this.#missed.delete(stream)
      if (!this.#isClosed) this.update(stream)
    })
  }

  #stateOf(table: DeltaTable): Promise<TableState> {
    const { lake, tables, begunAt } = this.#parts
    const positions = new Map<string, Positions>()
    for (const stream of tables.keys()) {
      const committed = committedPositions(table.snapshot, stream)
      const begun = table.name === stream ? begunAt(stream) : undefined
      if (committed.size > 0 || begun)
        positions.set(stream, new Map([...(begun ?? []), ...committed]))
    }
    const isWhole = !tables.has(table.name)
    const sentAt = this.#sending(table)
    const held = this.#held.get(table.name)
    const isAwaited = ({ path, stats }: Omit<TableFile, 'isHere'>): boolean =>
      held !== undefined &&
      (sentAt.get(path) ?? 0) > held.version &&
      mayHoldAbove(stats, held.positions)
    return tableStateOf(table, lake, { positions, isWhole, isAwaited })
  }

  /** Path → the first version that was sent with it, or is about to be. */
  #sending(table: DeltaTable): ReadonlyMap<string, number> {
    const { version, files } = table.snapshot
    const before = this.#sentAt.get(table.name)
    const paths = [...files.values()].map(({ path }) => table.filePath(path))
    const sentAt = new Map(paths.map(path => [path, before?.get(path) ?? version]))
    this.#sentAt.set(table.name, sentAt)
    return sentAt
  }
}
