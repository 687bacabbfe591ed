import type { Positions } from '../events/event-log.ts'
import type { RecordBatch } from '../events/record-batch.ts'
import type { Tail } from '../live/tail.ts'

const inFlightMax = 4
const catchUpBytesMax = 1 << 20

export interface TailFeedParts {
  readonly tail: Tail
  /** Where the engine's table ends when the feed begins. */
  readonly positions: Positions
  send(batches: readonly RecordBatch[], asOf: number): void
}

/**
 * Brings what ingest tells of a stream to the engine, in order and a few messages ahead at most. What the engine is too
 * busy to take is let go, and read again from the live store when it has caught up.
 */
export class TailFeed {
  readonly #parts: TailFeedParts
  /** Partition → the next offset: told by ingest; sent to the engine. */
  readonly #told: Map<number, number>
  #sent: Map<number, number>
  #asOf = 0
  #inFlight = 0
  #catchingUp: Promise<void> | undefined
  #wake = (): void => {}

  constructor(parts: TailFeedParts) {
    this.#parts = parts
    this.#told = new Map(parts.positions)
    this.#sent = new Map(parts.positions)
  }

  offer(batches: readonly RecordBatch[], asOf: number): void {
    const goesOn = !this.#isBusy && !this.#isBehind
    for (const { partition, nextOffset } of batches) advance(this.#told, partition, nextOffset)
    this.#asOf = asOf
    if (goesOn) this.#send(batches, asOf)
  }

  /** The engine has taken a message, or a new snapshot of the lake: it holds all below `positions`. */
  applied(positions: Positions, isAnswer: boolean): void {
    if (isAnswer) this.#inFlight--
    for (const [partition, position] of positions) advance(this.#sent, partition, position)
    this.#goOn()
  }

  /** The engine could not take a message, because what comes before it is missing. */
  refused(positions: Positions): void {
    this.#inFlight--
    this.#sent = new Map(positions)
    this.#goOn()
  }

  /** Resolves when the engine has been sent all that is in the live store by now. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#readTail().finally(() => {
      this.#catchingUp = undefined
    })
    return this.#catchingUp
  }

  get #isBusy(): boolean {
    return this.#catchingUp !== undefined || this.#inFlight >= inFlightMax
  }

  get #isBehind(): boolean {
    return [...this.#told].some(([partition, told]) => (this.#sent.get(partition) ?? 0) < told)
  }

  #goOn(): void {
    this.#wake()
    if (this.#inFlight > 0 || this.#catchingUp !== undefined || !this.#isBehind) return
    this.catchUp().catch(() => {})
  }

  /** Goes on for as long as there is more; what the lake is about to take over comes with its snapshot. */
  async #readTail(): Promise<void> {
    let count: number
    do {
      count = 0
      const asOf = this.#asOf
      for await (const batches of this.#unsent()) {
        await this.#untilInFlight(inFlightMax - 1)
        this.#send(batches, 0)
        count += batches.length
      }
      await this.#untilInFlight(0)
      if (!this.#isBehind) this.#send([], asOf)
    } while (count > 0 && this.#isBehind)
  }

  async *#unsent(): AsyncGenerator<RecordBatch[]> {
    let batches: RecordBatch[] = []
    let bytes = 0
    for (const [partition, position] of [...this.#sent]) {
      for await (const batch of this.#parts.tail.read(partition, position)) {
        batches.push(batch)
        bytes += batch.lines.length
        if (bytes < catchUpBytesMax) continue
        yield batches
        batches = []
        bytes = 0
      }
    }
    if (batches.length > 0) yield batches
  }

  #send(batches: readonly RecordBatch[], asOf: number): void {
    this.#inFlight++
    for (const { partition, nextOffset } of batches) advance(this.#sent, partition, nextOffset)
    this.#parts.send(batches, asOf)
  }

  async #untilInFlight(count: number): Promise<void> {
    while (this.#inFlight > count) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

function advance(positions: Map<number, number>, partition: number, position: number): void {
  positions.set(partition, Math.max(positions.get(partition) ?? 0, position))
}
