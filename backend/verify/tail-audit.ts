import type { Clock } from '../base/clock.ts'
import type { Finding, OffsetRange } from '../contract/verification.ts'
import { batchFrom } from '../events/record-batch.ts'
import type { Tail } from '../live/tail.ts'
import { intersectRanges, mergeRanges, rangesText, subtractRanges } from './offset-range.ts'

export interface TailAudit {
  /** Where the tail ends, or the lake where the tail has no more. */
  readonly endOffset: number
  /** Offsets from `startOffset` on, without a gap, and how many events they have; undefined when there are gaps. */
  readonly whole: { readonly startOffset: number; readonly events: number } | undefined
  readonly findings: readonly Finding[]
}

export interface TailAuditParts {
  readonly stream: string
  readonly tail: Tail
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The first offset that the lake has not committed by now. */
  committedNow(): Promise<number>
}

interface TailLook {
  readonly from: number
  readonly endOffset: number
  readonly events: number
  readonly gaps: readonly OffsetRange[]
  readonly damaged: readonly OffsetRange[]
}

const looksMax = 4
const lookEveryMs = 250

/**
 * Looks whether the tail of a partition goes on from what the lake has, without a gap. Blocks come and go meanwhile, so
 * only what is missing at every look is a gap.
 */
export async function auditTail(partition: number, parts: TailAuditParts): Promise<TailAudit> {
  let seen = await look(partition, parts)
  for (let looks = 1; looks < looksMax && isTroubled(seen); looks++) {
    await parts.clock.sleep(lookEveryMs, parts.signal)
    parts.signal.throwIfAborted()
    const next = await look(partition, parts)
    const isOpen = [{ startOffset: next.from, endOffset: Infinity }]
    seen = {
      ...next,
      gaps: intersectRanges(intersectRanges(seen.gaps, next.gaps), isOpen),
      damaged: intersectRanges(intersectRanges(seen.damaged, next.damaged), isOpen),
    }
  }
  const { from, endOffset, events } = seen
  return {
    endOffset,
    whole: isTroubled(seen) ? undefined : { startOffset: from, events },
    findings: findingsOf(seen, partition, parts.stream),
  }
}

async function look(partition: number, parts: TailAuditParts): Promise<TailLook> {
  const from = await parts.committedNow()
  const covered: OffsetRange[] = []
  const damaged: OffsetRange[] = []
  let next = from
  let events = 0
  for await (const { startOffset, endOffset, batch } of parts.tail.blocks(partition, from)) {
    parts.signal.throwIfAborted()
    const range = { startOffset: Math.max(startOffset, from), endOffset }
    if (batch === undefined) damaged.push(range)
    else {
      covered.push(range)
      if (endOffset > next) events += batchFrom(batch, next).count
      next = Math.max(next, endOffset)
    }
  }
  const endOffset = Math.max(next, ...damaged.map(range => range.endOffset))
  const whole = [{ startOffset: from, endOffset }]
  const missing = subtractRanges(whole, mergeRanges(covered))
  const unreadable = intersectRanges(mergeRanges(damaged), missing)
  const gaps = subtractRanges(missing, unreadable)
  return { from, endOffset, events, gaps, damaged: unreadable }
}

function isTroubled({ gaps, damaged }: TailLook): boolean {
  return gaps.length > 0 || damaged.length > 0
}

function findingsOf({ gaps, damaged }: TailLook, partition: number, stream: string): Finding[] {
  const where = `The tail of partition ${partition} of ${stream} in the live store`
  const findings: Finding[] = []
  if (gaps.length > 0) {
    const detail = `${where} lacks ${rangesText(gaps)}, and goes on behind.`
    findings.push({ kind: 'tail-gap', detail, partition })
  }
  if (damaged.length > 0) {
    const detail = `${where} is damaged at ${rangesText(damaged)}.`
    findings.push({ kind: 'tail-damaged', detail, partition })
  }
  return findings
}
