import type { Finding, OffsetRange } from '../contract/verification.ts'
import type { PartitionRange } from '../events/event-log.ts'
import { auditLog, countEvents, type LogAuditParts } from './log-audit.ts'
import type { OffsetLedger } from './offset-ledger.ts'
import { mergeRanges, rangesText } from './offset-range.ts'
import type { TailAudit } from './tail-audit.ts'

const pendingMax = 1000

export interface LogRecountParts extends Omit<LogAuditParts, 'onRead'> {
  readonly ledger: OffsetLedger
  onOffsets(count: number): void
}

/** Reads a partition of the log into the ledger, and holds the tail against it. */
export class LogRecount {
  readonly #parts: LogRecountParts
  readonly #range: PartitionRange
  #read: OffsetRange[] = []
  #empty: OffsetRange[] = []

  constructor(range: PartitionRange, parts: LogRecountParts) {
    this.#range = range
    this.#parts = parts
  }

  /** @param committed the first offset that the lake had not committed when it was counted */
  async run(committed: number | undefined, tail: TailAudit): Promise<Finding[]> {
    const start = tail.whole?.startOffset ?? Infinity
    const inTail: OffsetRange = { startOffset: start, endOffset: tail.endOffset }
    let events = 0
    const findings = await auditLog(this.#range, {
      ...this.#parts,
      onRead: async (read, empty, batch) => {
        events += start < read.endOffset ? countEvents(batch, inTail) : 0
        await this.#note(read, empty)
      },
    })
    await this.#flush()
    const isComparable = findings.length === 0 && start >= this.#range.earliestOffset
    if (tail.whole && isComparable && tail.whole.events !== events) {
      findings.push(this.#otherCount(inTail, tail.whole.events, events))
    }
    return [...this.#ends(committed, tail.endOffset), ...findings]
  }

  async #note(read: OffsetRange, empty: readonly OffsetRange[]): Promise<void> {
    this.#read.push(read)
    this.#empty.push(...empty)
    this.#parts.onOffsets(read.endOffset - read.startOffset)
    if (this.#read.length + this.#empty.length > pendingMax) await this.#flush()
  }

  async #flush(): Promise<void> {
    const { ledger } = this.#parts
    const [read, empty] = [mergeRanges(this.#read), mergeRanges(this.#empty)]
    this.#read = []
    this.#empty = []
    await ledger.addRanges('logRead', this.#range.partition, read)
    await ledger.addRanges('logEmpty', this.#range.partition, empty)
  }

  /** The log has to go on where the lake and the tail end. */
  #ends(committed: number | undefined, taken: number): Finding[] {
    const { partition, earliestOffset, endOffset } = this.#range
    const where = `Partition ${partition} of the log of ${this.#parts.stream}`
    if (committed !== undefined && committed > endOffset) {
      const detail = `${where} ends at offset ${endOffset - 1}, and the lake holds events up to ${committed - 1}.`
      return [{ kind: 'log-gap', detail, partition }]
    }
    if (committed === undefined || taken >= earliestOffset) return []
    const lost = rangesText([{ startOffset: taken, endOffset: earliestOffset }])
    const detail = `${where} begins at ${earliestOffset}: ${lost} went before they were taken.`
    return [{ kind: 'log-gap', detail, partition }]
  }

  #otherCount(inTail: OffsetRange, inStore: number, inLog: number): Finding {
    const { partition } = this.#range
    const detail = `The tail of partition ${partition} of ${this.#parts.stream} has ${inStore} events at ${rangesText([inTail])}, and the log has ${inLog}.`
    return { kind: 'tail-gap', detail, partition }
  }
}
