import type { Membership, Positions } from '../events/event-log.ts'
import type { Tail } from '../live/tail.ts'
import type { IngestParts, IngestSettings } from './ingest-parts.ts'
import { commitToLake, committedPositions, streamDomain } from './lake-commit.ts'
import type { PendingCommit, PendingRows } from './pending-rows.ts'

export interface CommitterSession {
  readonly pending: PendingRows
  readonly topicId: string
  readonly tail: Tail
  readonly membership: Membership
}

/** Commits what is pending, one commit at a time, while the loop goes on. */
export class Committer {
  readonly #parts: IngestParts
  readonly #settings: IngestSettings
  readonly #session: CommitterSession
  readonly #onCommitted: () => void
  #inFlight: Promise<void> | undefined
  #error: unknown
  #pendingSince: number | undefined

  constructor(
    parts: IngestParts,
    settings: IngestSettings,
    session: CommitterSession,
    onCommitted: () => void,
  ) {
    this.#parts = parts
    this.#settings = settings
    this.#session = session
    this.#onCommitted = onCommitted
  }

  /** Waits only when twice as much is pending as one commit should take. */
  async commitIfDue(): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    const { pending } = this.#session
    const now = this.#parts.clock.elapsed()
    if (pending.count === 0) return
    this.#pendingSince ??= now
    const isDue =
      pending.count >= this.#settings.commitRowsMax ||
      now - this.#pendingSince >= this.#settings.commitEveryMs
    if (!isDue) return
    if (this.#inFlight !== undefined) {
      if (pending.count < 2 * this.#settings.commitRowsMax) return
      await this.#inFlight
    }
    await this.#start()
  }

  /** Commits all that is pending. */
  async finish(): Promise<void> {
    await this.#inFlight
    if (this.#error !== undefined) throw this.#error
    if (this.#session.pending.count > 0) {
      await this.#start()
      await this.#inFlight
    }
    if (this.#error !== undefined) throw this.#error
  }

  async settled(): Promise<void> {
    await this.#inFlight
  }

  async #start(): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    this.#pendingSince = undefined
    const sealed = await this.#session.pending.seal()
    this.#inFlight = this.#commit(sealed)
      .catch(error => {
        this.#error = error
      })
      .finally(() => {
        this.#inFlight = undefined
      })
  }

  async #commit(sealed: PendingCommit): Promise<void> {
    const { definition, tables, lake, clock, progress, follower } = this.#parts
    const { topicId, tail } = this.#session
    const startedAt = clock.now()
    try {
      const files = await commitToLake(sealed, { definition, topicId, tables, lake, clock })
      const { snapshot } = tables.events
      const partitions = [...sealed.accounting.values()]
      progress.commitDone({
        version: snapshot.version,
        at: new Date(clock.now()).toISOString(),
        rows: partitions.reduce((sum, part) => sum + part.rows, 0),
        deadLetters: partitions.reduce((sum, part) => sum + part.deadLetters, 0),
        files,
        durationMs: clock.now() - startedAt,
        partitions,
      })
    } finally {
      await sealed.release()
    }
    const committed = committedPositions(tables.events.snapshot, definition.stream)
    progress.committed(committed, streamDomain(tables.events.snapshot, definition.stream))
    follower.committed(definition.stream)
    await tail.forget(committed)
    await this.#tellLog(committed)
    this.#onCommitted()
  }

  /** The log's own memory is for those who watch its lag: nothing here depends on it. */
  async #tellLog(committed: Positions): Promise<void> {
    const { definition, log } = this.#parts
    try {
      await this.#session.membership.commitOffsets(committed)
    } catch (error) {
      log.warn({ stream: definition.stream, err: error }, 'the log was not told of a commit')
    }
  }
}
