import type { Failure } from '../base/failure.ts'
import type { PartitionStatus, StreamStatus } from '../contract/ingest.ts'
import type { Positions } from '../events/event-log.ts'
import type { RecordBatch } from '../events/record-batch.ts'
import { FreshnessWindow } from './freshness.ts'
import type { StreamDomain } from './lake-commit.ts'
import { RateWindow } from './rate.ts'

/** An answer that takes longer is worth telling. */
const waitMsMax = 3_000

/** How far a stream has come: appended, visible to queries, committed to the lake; and how long that took. */
export class StreamProgress {
  readonly #stream: string
  #state: StreamStatus['state'] = 'starting'
  #problem: StreamStatus['problem']
  #lastCommit: StreamStatus['lastCommit'] = null
  #missedSnapshot: StreamStatus['problem']
  #waiting: { readonly what: string; readonly since: number } | undefined
  #endOffsets: Positions = new Map()
  #visible = new Map<number, number>()
  #committed: Positions = new Map()
  #totals = new Map<number, PartitionStatus['accounting']>()
  #written: { partition: number; nextOffset: number; appendedAt: number }[] = []
  readonly #freshness = new FreshnessWindow()
  readonly #rate: RateWindow

  constructor(stream: string, now: number) {
    this.#stream = stream
    this.#rate = new RateWindow(now)
  }

  setState(state: StreamStatus['state'], problem?: StreamStatus['problem']): void {
    this.#state = state
    this.#problem = problem
    this.#waiting = undefined
  }

  /** Ingest goes on when `what` has answered; undefined: it waits for nothing. */
  waitsFor(what: string | undefined, now: number): void {
    this.#waiting = what === undefined ? undefined : { what, since: now }
  }

  /** Whether statements could be given the newest snapshot of the lake, or what kept them from it. */
  snapshotRead(failure: Failure | undefined): void {
    this.#missedSnapshot = failure && statusProblem(failure)
  }

  appended(endOffsets: Positions): void {
    this.#endOffsets = new Map([...this.#endOffsets, ...endOffsets])
  }

  /** Batches have reached the live store and are on their way to the query engine. */
  written(batches: readonly RecordBatch[]): void {
    for (const { partition, nextOffset, timestamps } of batches) {
      const appendedAt = timestamps[0]
      if (appendedAt === undefined) continue
      if (nextOffset <= (this.#visible.get(partition) ?? 0)) continue
      this.#written.push({ partition, nextOffset, appendedAt })
    }
  }

  /** Queries see all offsets below `positions` from `now` on. */
  becameVisible(positions: Positions, now: number): void {
    let count = 0
    for (const [partition, position] of positions) {
      const before = this.#visible.get(partition)
      if (before !== undefined && position <= before) continue
      if (before !== undefined) count += position - before
      this.#visible.set(partition, position)
    }
    if (count > 0) this.#rate.add(now, count)
    const isWaiting = (batch: { partition: number; nextOffset: number }) =>
      batch.nextOffset > (this.#visible.get(batch.partition) ?? 0)
    for (const batch of this.#written) {
      if (!isWaiting(batch)) this.#freshness.add(now, now - batch.appendedAt)
    }
    this.#written = this.#written.filter(isWaiting)
  }

  committed(positions: Positions, domain: StreamDomain | undefined): void {
    this.#committed = positions
    this.#totals = new Map((domain?.partitions ?? []).map(part => [part.partition, part]))
  }

  commitDone(commit: NonNullable<StreamStatus['lastCommit']>): void {
    this.#lastCommit = commit
  }

  status(now: number): StreamStatus {
    const partitions = [...this.#endOffsets.keys()]
      .sort((a, b) => a - b)
      .map(p => this.#partition(p))
    const problem = this.#problem ?? this.#missedSnapshot ?? this.#longWait(now)
    return {
      stream: this.#stream,
      state: this.#state,
      ...(problem ? { problem } : {}),
      eventsPerSecond: this.#rate.perSecond(now),
      lag: partitions.reduce((sum, part) => sum + part.lag, 0),
      freshnessMs: this.#freshness.percentiles(now),
      lastCommit: this.#lastCommit,
      partitions,
    }
  }

  #longWait(now: number): StreamStatus['problem'] {
    if (this.#waiting === undefined || now - this.#waiting.since < waitMsMax) return undefined
    const seconds = Math.floor((now - this.#waiting.since) / 1000)
    return {
      code: 'ingest-waiting',
      detail: `${this.#waiting.what} has not answered for ${seconds} s.`,
      hint: 'Events wait in the log; ingest goes on by itself.',
    }
  }

  #partition(partition: number): PartitionStatus {
    const endOffset = this.#endOffsets.get(partition) ?? 0
    const visibleOffset = this.#visible.get(partition) ?? 0
    const committedOffset = this.#committed.get(partition) ?? 0
    const none = { startOffset: 0, endOffset: 0, rows: 0, deadLetters: 0, duplicates: 0 }
    return {
      partition,
      endOffset: Math.max(endOffset, visibleOffset),
      visibleOffset,
      committedOffset,
      lag: Math.max(endOffset - visibleOffset, 0),
      accounting: this.#totals.get(partition) ?? { partition, ...none },
    }
  }
}

/** A failure as the status of a stream tells it. */
export function statusProblem({
  code,
  message,
  hint,
}: Failure): NonNullable<StreamStatus['problem']> {
  return { code, detail: message, ...(hint === undefined ? {} : { hint }) }
}
