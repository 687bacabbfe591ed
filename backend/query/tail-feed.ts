import type { Positions } from '../events/event-log.ts'
import { type RecordBatch, sizeOf } from '../events/record-batch.ts'
import type { Tail } from '../live/tail.ts'

const inFlightMax = 4
const catchUpSizeMax = 1 << 20

export interface TailFeedParts {
  readonly tail: Tail
  /** Where the engine's table ends when the feed begins. */
  readonly positions: Positions
  send(batches: readonly RecordBatch[], asOf: number): void
  /** The live store cannot be read; the feed tries again with the next news. */
  onError(error: unknown): void
}

/**
 * Brings what ingest tells of a stream to the engine, in order and a few messages ahead at most. What the engine is too
 * busy to take is let go, and read again from the live store when it has caught up.
 */
export class TailFeed {
  readonly #parts: TailFeedParts
  /** Partition → the next offset: told by ingest; sent to the engine; in sight of statements. */
  readonly #told: Map<number, number>
  #sent: Map<number, number>
  readonly #applied: Map<number, number>
  #asOf = 0
  #inFlight = 0
  #isReading = false
  /** Counts what was offered, to notice what comes while the live store is read. */
  #offers = 0
  readonly #waiting = new Set<() => void>()

  constructor(parts: TailFeedParts) {
    this.#parts = parts
    this.#told = new Map(parts.positions)
    this.#sent = new Map(parts.positions)
    this.#applied = new Map(parts.positions)
  }

  /** Sends what is in the live store; resolves when statements see all that was there at the beginning. */
  async start(): Promise<void> {
    this.#isReading = true
    try {
      await this.#sendUnsent()
    } finally {
      void this.#readOn()
    }
    const target = new Map(this.#sent)
    while (!isReached(this.#applied, target)) await this.#news()
  }

  offer(batches: readonly RecordBatch[], asOf: number): void {
    const goesOn = !this.#isBusy && !this.#isBehind
    for (const { partition, nextOffset } of batches) advance(this.#told, partition, nextOffset)
    this.#asOf = asOf
    this.#offers++
    if (goesOn) this.#send(batches, asOf)
  }

  /** The engine has taken a message, or a new snapshot of the lake: it holds all below `positions`. */
  applied(positions: Positions, isAnswer: boolean): void {
    if (isAnswer) this.#inFlight--
    for (const [partition, position] of positions) {
      advance(this.#sent, partition, position)
      advance(this.#applied, partition, position)
    }
    this.#goOn()
  }

  /** The engine could not take a message, because what comes before it is missing. */
  refused(positions: Positions): void {
    this.#inFlight--
    this.#sent = new Map(positions)
    this.#goOn()
  }

  get #isBusy(): boolean {
    return this.#isReading || this.#inFlight >= inFlightMax
  }

  get #isBehind(): boolean {
    return !isReached(this.#sent, this.#told)
  }

  #goOn(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
    if (this.#inFlight === 0 && !this.#isReading && this.#isBehind) void this.#readOn()
  }

  /**
   * Reads for as long as there is more. What the lake is about to take over is not there any more: its snapshot makes
   * the feed go on.
   */
  async #readOn(): Promise<void> {
    this.#isReading = true
    try {
      let offers: number
      let count: number
      do {
        offers = this.#offers
        count = this.#isBehind ? await this.#sendUnsent() : 0
      } while (this.#isBehind && (count > 0 || offers !== this.#offers))
    } catch (error) {
      this.#parts.onError(error)
    } finally {
      // In the same breath as the last look: what is offered from now on is sent at once.
      this.#isReading = false
    }
    if (!this.#isBehind) this.#send([], this.#asOf)
  }

  /** @returns how many batches were sent */
  async #sendUnsent(): Promise<number> {
    let count = 0
    for await (const batches of this.#unsent()) {
      while (this.#inFlight >= inFlightMax) await this.#news()
      this.#send(batches, 0)
      count += batches.length
    }
    return count
  }

  async *#unsent(): AsyncGenerator<RecordBatch[]> {
    let batches: RecordBatch[] = []
    let size = 0
    for (const [partition, position] of [...this.#sent]) {
      for await (const batch of this.#parts.tail.read(partition, position)) {
        batches.push(batch)
        size += sizeOf(batch)
        if (size < catchUpSizeMax) continue
        yield batches
        batches = []
        size = 0
      }
    }
    if (batches.length > 0) yield batches
  }

  #send(batches: readonly RecordBatch[], asOf: number): void {
    this.#inFlight++
    for (const { partition, nextOffset } of batches) advance(this.#sent, partition, nextOffset)
    this.#parts.send(batches, asOf)
  }

  #news(): Promise<void> {
    return new Promise(resolve => this.#waiting.add(resolve))
  }
}

function advance(positions: Map<number, number>, partition: number, position: number): void {
  positions.set(partition, Math.max(positions.get(partition) ?? 0, position))
}

function isReached(positions: Positions, target: Positions): boolean {
  return [...target].every(([partition, position]) => (positions.get(partition) ?? 0) >= position)
}
