import { Failure, isFailure, messageOf } from '../base/failure.ts'
import type { ProblemCode } from '../base/problems.ts'
import { settleAll } from '../base/settle-all.ts'
import type { Membership, Positions, ReadResult, TopicDescription } from '../events/event-log.ts'
import { type RecordBatch, sizeOf, takeBatches } from '../events/record-batch.ts'
import { partitionCountOf } from '../events/stream-definition.ts'
import { Tail } from '../live/tail.ts'
import { Committer } from './committer.ts'
import { renounceFormer } from './dead-letter-origin.ts'
import type { IngestParts, IngestSettings } from './ingest-parts.ts'
import { committedPositions, streamDomain } from './lake-commit.ts'
import { OtherPartitions } from './other-partitions.ts'
import type { PendingRows } from './pending-rows.ts'
import { statusProblem } from './stream-progress.ts'

/** Processes that take the same stream share its partitions under this name. */
const consumerGroup = 'millrace'
const idleWaitMs = 250
const smallBatchRecords = 2000
const retryMsMin = 500
const retryMsMax = 15_000

const halting: readonly ProblemCode[] = [
  'ingest-gap',
  'lake-corrupt',
  'lake-schema',
  'log-format',
  'log-offsets-expired',
  'log-truncated',
  'log-topic-recreated',
]

/** Takes one stream from the log into the live store and the lake, for as long as it runs. */
export class Ingester {
  readonly #parts: IngestParts
  readonly #settings: IngestSettings
  readonly #abort = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #upkeep: Promise<void> | undefined
  #membership: Membership | undefined
  #onBegun = (): void => {}

  constructor(parts: IngestParts, settings: IngestSettings) {
    this.#parts = parts
    this.#settings = settings
  }

  /** Resolves when it takes events, or has found that it cannot yet. */
  async start(): Promise<void> {
    const begun = new Promise<void>(resolve => {
      this.#onBegun = resolve
    })
    this.#running = this.#run()
    await begun
  }

  /** Ends after what is under way; what is not committed is read again at the next start. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running
    await this.#upkeep
    await this.#membership?.leave()
    this.#parts.progress.setState('stopped')
  }

  async #run(): Promise<void> {
    const { clock, log, progress, definition } = this.#parts
    const { signal } = this.#abort
    let retryMs = retryMsMin
    while (!signal.aborted) {
      const startedAt = clock.elapsed()
      try {
        await this.#session(signal)
      } catch (error) {
        const problem = problemOf(error)
        const isHalted = isFailure(error) && halting.includes(error.code)
        progress.setState(isHalted ? 'halted' : 'paused', problem)
        this.#onBegun()
        log.error(
          { stream: definition.stream, err: error },
          `ingest ${isHalted ? 'halted' : 'paused'}`,
        )
        if (isHalted) return
        if (clock.elapsed() - startedAt > retryMsMax) retryMs = retryMsMin
        await clock.sleep(retryMs, signal)
        retryMs = Math.min(retryMs * 2, retryMsMax)
      }
    }
  }

  /**
   * From what the lake holds on, until it is told to stop, its part of the partitions is another one, or something fails.
   */
  async #session(stopped: AbortSignal): Promise<void> {
    const { definition, progress, follower, liveStore, clock } = this.#parts
    const membership = await this.#join()
    const { partitions: own, lost } = await membership.assignment(stopped)
    const { positions, topicId } = await this.#begin()
    const tail = await Tail.open(liveStore, clock, { stream: definition.stream, topicId })
    follower.begun(definition.stream, new Map(positions), tail)
    this.#onBegun()
    const pending = await this.#parts.openPending()
    const parts = { pending, topicId, tail, membership }
    const failed = new AbortController()
    const signal = AbortSignal.any([stopped, lost, failed.signal])
    const committer = new Committer(this.#parts, this.#settings, parts, () =>
      this.#maintain(stopped),
    )
    try {
      progress.setState('running')
      const ownPositions = only(positions, partition => own.includes(partition))
      const otherPositions = only(positions, partition => !own.includes(partition))
      const told = this.#tellers(ownPositions.size > 0, otherPositions.size > 0)
      const others = new OtherPartitions(this.#parts, {
        tail,
        positions: otherPositions,
        told: told.ofOthers,
      })
      const work = [
        this.#loop({ positions: ownPositions, pending, tail, committer, signal, told: told.ofOwn }),
        others.run(signal),
      ]
      for (const each of work) each.catch(() => failed.abort())
      await settleAll(work)
      if (stopped.aborted) await committer.finish()
    } finally {
      await committer.settled()
      await pending.close()
    }
  }

  /** News of a stream is as old as the older of its two halves. */
  #tellers(hasOwn: boolean, hasOthers: boolean) {
    const { definition, follower } = this.#parts
    const asOf = {
      own: hasOwn ? 0 : Number.POSITIVE_INFINITY,
      others: hasOthers ? 0 : Number.POSITIVE_INFINITY,
    }
    const tell = (half: 'own' | 'others') => (batches: readonly RecordBatch[], now: number) => {
      asOf[half] = now
      follower.tailWritten(definition.stream, batches, Math.min(asOf.own, asOf.others))
    }
    return { ofOwn: tell('own'), ofOthers: tell('others') }
  }

  async #loop(session: {
    positions: Map<number, number>
    pending: PendingRows
    tail: Tail
    committer: Committer
    signal: AbortSignal
    told(batches: readonly RecordBatch[], asOf: number): void
  }): Promise<void> {
    const { positions, pending, tail, committer, signal, told } = session
    const { progress, clock } = this.#parts
    let prefetched: Promise<ReadResult> | undefined
    let asOf = 0
    if (positions.size === 0) return
    while (!signal.aborted) {
      progress.waitsFor('The event log', clock.now())
      const read = await (prefetched ?? this.#read(positions, signal))
      progress.waitsFor('The live store', clock.now())
      prefetched = undefined
      progress.appended(read.endOffsets)
      const batches = this.#take(read.batches, positions)
      if (isFull(batches, this.#settings)) {
        prefetched = this.#read(positions, signal)
        prefetched.catch(() => {})
      }
      if (batches.length > 0) {
        await settleAll([pending.add(batches), tail.write(batches)])
        progress.written(batches)
      }
      asOf = Math.max(asOf, completeUntil(read, batches, positions))
      told(batches, asOf)
      progress.waitsFor('The lake', clock.now())
      await committer.commitIfDue()
      progress.waitsFor(undefined, clock.now())
      if (prefetched === undefined && batches.length > 0) {
        await clock.sleep(this.#settings.lingerMs, signal)
      }
    }
  }

  #take(batches: readonly RecordBatch[], positions: Map<number, number>): RecordBatch[] {
    const before = new Map(positions)
    const taken = takeBatches(batches, positions)
    if (taken !== undefined) return taken
    const { stream } = this.#parts.definition
    const expected = JSON.stringify([...before])
    const found = JSON.stringify(batches.map(batch => [batch.partition, batch.firstOffset]))
    throw new Failure(
      'ingest-gap',
      `The log of ${stream} was to go on at ${expected} (partition, offset) and gave ${found}.`,
      { hint: 'See docs/problems.md#ingest-gap.' },
    )
  }

  #read(positions: Positions, signal: AbortSignal): Promise<ReadResult> {
    return this.#parts.eventLog.read(this.#parts.definition.stream, new Map(positions), {
      bytesMax: this.#settings.batchBytesMax,
      waitMsMax: idleWaitMs,
      signal,
    })
  }

  async #join(): Promise<Membership> {
    if (this.#membership === undefined) {
      const { eventLog, definition } = this.#parts
      await this.#openTopic()
      this.#membership = await eventLog.join(definition.stream, consumerGroup)
    }
    return this.#membership
  }

  async #openTopic(): Promise<TopicDescription> {
    const { definition, eventLog, tables } = this.#parts
    const { stream } = definition
    const { snapshot } = tables.events
    // A topic that the lake holds events of is not made anew when it is gone: that would hide the loss.
    if (streamDomain(snapshot, stream) !== undefined) await this.#checkTopicIsThere()
    return eventLog.ensureTopic(stream, {
      partitionCount: partitionCountOf(definition),
      retention: this.#settings.retention,
    })
  }

  async #begin(): Promise<{ positions: Map<number, number>; topicId: string }> {
    const { definition, tables, progress, clock } = this.#parts
    const { stream } = definition
    const snapshot = await tables.events.refresh()
    await tables.deadLetters.refresh()
    const topic = await this.#openTopic()
    const domain = streamDomain(snapshot, stream)
    const committed = committedPositions(snapshot, stream)
    const positions = new Map<number, number>()
    for (const { partition, earliestOffset, endOffset } of topic.partitions) {
      const position = committed.get(partition) ?? earliestOffset
      if (position > endOffset || (domain !== undefined && domain.topicId !== topic.topicId)) {
        throw new Failure(
          'log-topic-recreated',
          `The topic of ${stream} is not the one that the lake holds events of: it was deleted and made again.`,
          { hint: 'See docs/problems.md#log-topic-recreated.' },
        )
      }
      positions.set(partition, position)
    }
    const { topicId } = topic
    await renounceFormer(tables.deadLetters, { stream, topicId }, positions, clock.now())
    progress.appended(new Map(topic.partitions.map(p => [p.partition, p.endOffset])))
    progress.committed(committed, domain)
    return { positions, topicId }
  }

  async #checkTopicIsThere(): Promise<void> {
    const { eventLog, definition } = this.#parts
    try {
      await eventLog.describeTopic(definition.stream)
    } catch (error) {
      if (!isFailure(error, 'unknown-stream')) throw error
      throw new Failure(
        'log-topic-recreated',
        `The topic of ${definition.stream}, which the lake holds events of, was deleted.`,
        { hint: 'See docs/problems.md#log-topic-recreated.' },
      )
    }
  }

  /** Looks after the tables, unless it is at it already: the next commit asks again. */
  #maintain(signal: AbortSignal): void {
    this.#upkeep ??= this.#runMaintenance(signal).finally(() => {
      this.#upkeep = undefined
    })
  }

  async #runMaintenance(signal: AbortSignal): Promise<void> {
    const { maintenance, log, definition, follower } = this.#parts
    for (const table of maintenance) {
      try {
        if (await table.run(signal)) follower.committed(definition.stream)
      } catch (error) {
        log.warn({ stream: definition.stream, err: error }, 'upkeep of the lake failed')
      }
    }
  }
}

function only(positions: Positions, isWanted: (partition: number) => boolean): Map<number, number> {
  return new Map([...positions].filter(([partition]) => isWanted(partition)))
}

function isFull(batches: readonly RecordBatch[], settings: IngestSettings): boolean {
  const bytes = batches.reduce((sum, batch) => sum + sizeOf(batch), 0)
  const records = batches.reduce((sum, batch) => sum + batch.count, 0)
  return bytes >= settings.batchBytesMax / 2 || records >= smallBatchRecords
}

/**
 * Until when all that was appended is among what was read by now. Where producers give the times, one can be ahead of
 * the clock.
 */
function completeUntil(
  read: ReadResult,
  batches: readonly RecordBatch[],
  positions: Positions,
): number {
  const behind = [...read.endOffsets].filter(([p, end]) => (positions.get(p) ?? 0) < end)
  if (behind.length === 0) return read.readAt
  const reached = behind.map(
    ([partition]) => batches.findLast(b => b.partition === partition)?.timestamps.at(-1) ?? 0,
  )
  return Math.min(read.readAt, ...reached)
}

function problemOf(error: unknown): ReturnType<typeof statusProblem> {
  return isFailure(error) ? statusProblem(error) : { code: 'internal', detail: messageOf(error) }
}
