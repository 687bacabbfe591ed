import type { RecordBatch } from '../events/record-batch.ts'
import type { Tail } from '../live/tail.ts'
import type { IngestParts } from './ingest-parts.ts'
import { committedPositions, streamDomain } from './lake-commit.ts'

const lookEveryMs = 200
const refreshEveryMs = 1_000

export interface OtherPartitionsSession {
  readonly tail: Tail
  /** Partition → the next offset to see. */
  readonly positions: ReadonlyMap<number, number>
  /**
   * What others have put into the live store.
   * @param asOf all that was appended to these partitions before, in milliseconds since the epoch, was told by now
   */
  told(batches: readonly RecordBatch[], asOf: number): void
}

/** Follows the partitions of a stream that other processes take: by the live store, and by what they commit to the lake. */
export class OtherPartitions {
  readonly #parts: IngestParts
  readonly #session: OtherPartitionsSession
  readonly #positions: Map<number, number>
  #asOf = 0
  /** Of the snapshot that was told of last: commits and upkeep of this process read those of others, too. */
  #toldVersion = -1

  constructor(parts: IngestParts, session: OtherPartitionsSession) {
    this.#parts = parts
    this.#session = session
    this.#positions = new Map(session.positions)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    if (this.#positions.size === 0) return
    let refreshAt = clock.elapsed() + refreshEveryMs
    while (!signal.aborted) {
      await this.#look()
      if (clock.elapsed() >= refreshAt) {
        await this.#refresh()
        refreshAt = clock.elapsed() + refreshEveryMs
      }
      await clock.sleep(lookEveryMs, signal)
    }
  }

  async #look(): Promise<void> {
    const { eventLog, definition, progress, clock } = this.#parts
    const lookedAt = clock.now()
    const { partitions } = await eventLog.describeTopic(definition.stream)
    const ends = partitions.filter(({ partition }) => this.#positions.has(partition))
    progress.appended(new Map(ends.map(({ partition, endOffset }) => [partition, endOffset])))
    const batches: RecordBatch[] = []
    for (const { partition, endOffset } of ends) {
      const position = this.#positions.get(partition) ?? 0
      if (position < endOffset) batches.push(...(await this.#read(partition, position)))
    }
    const isComplete = ends.every(({ partition, endOffset }) => {
      return (this.#positions.get(partition) ?? 0) >= endOffset
    })
    if (isComplete) this.#asOf = lookedAt
    progress.written(batches)
    this.#session.told(batches, this.#asOf)
  }

  async #read(partition: number, position: number): Promise<RecordBatch[]> {
    const batches: RecordBatch[] = []
    for await (const batch of this.#session.tail.read(partition, position)) {
      batches.push(batch)
      this.#positions.set(partition, batch.nextOffset)
    }
    return batches
  }

  async #refresh(): Promise<void> {
    const { tables, definition, follower, progress } = this.#parts
    const snapshot = await tables.events.refresh()
    if (snapshot.version === this.#toldVersion) return
    this.#toldVersion = snapshot.version
    const committed = committedPositions(snapshot, definition.stream)
    for (const [partition, position] of committed) {
      const seen = this.#positions.get(partition)
      if (seen !== undefined && seen < position) this.#positions.set(partition, position)
    }
    progress.committed(committed, streamDomain(snapshot, definition.stream))
    follower.committed(definition.stream)
  }
}
