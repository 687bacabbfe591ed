import type { Finding, OffsetRange } from '../contract/verification.ts'
import type { Claim } from './claims.ts'
import type { ClaimCount, Segment } from './offset-ledger.ts'
import { countOffsets, mergeRanges, rangesText } from './offset-range.ts'

/** What became of the offsets of a partition, counted anew. */
export interface PartitionSum extends OffsetRange {
  readonly partition: number
  readonly rows: number
  readonly deadLetters: number
  readonly duplicates: number
  readonly setAside: number
}

/** Offsets whose events the lake has lost. */
export interface Loss {
  readonly partition: number
  /** So many of `ranges`: the others never had an event. */
  readonly offsets: number
  readonly ranges: readonly OffsetRange[]
  readonly source: string
}

export interface Judgement {
  readonly sums: readonly PartitionSum[]
  readonly losses: readonly Loss[]
  readonly findings: readonly Finding[]
}

/** Holds what was found against what the commits claim. */
export function judgeCounts(counts: readonly ClaimCount[], table: string): Judgement {
  const sums = new Map<number, PartitionSum>()
  const losses: Loss[] = []
  const findings: Finding[] = []
  for (const count of counts) {
    const { claim, partition } = count
    if (claim === undefined) continue
    const judged = judgeClaim(count, claim)
    if (judged.lost.length > 0) losses.push(lossOf(judged, claim))
    findings.push(...oddities(count, claim, judged, table))
    sums.set(partition, addTo(sums.get(partition), count, claim, judged))
  }
  const others = counts.filter(({ claim }) => claim === undefined)
  for (const count of others) findings.push(...unclaimed(count, sums.get(count.partition), table))
  return { sums: [...sums.values()], losses, findings }
}

export function gapOf({ partition, offsets, ranges, source }: Loss, table: string): Finding {
  const all = countOffsets(ranges)
  const which =
    all === offsets ? rangesText(ranges) : `${offsets} of the ${all} ${rangesText(ranges)}`
  return {
    kind: 'gap',
    detail: `Partition ${partition} of ${table}: ${which} ${verb(all)} missing, which ${source} of the table accounts for.`,
    partition,
  }
}

interface JudgedClaim {
  /** Offsets without an event of their own. */
  readonly duplicates: number
  readonly setAside: number
  readonly lostCount: number
  readonly lost: readonly OffsetRange[]
}

/**
 * Tells missing offsets that never had an event from those that are lost: by the log where it was read, elsewhere by how
 * many the commit knows of.
 */
function judgeClaim({ missing, segments }: ClaimCount, claim: Claim): JudgedClaim {
  const empty = segments.filter(({ rows, deadLetters }) => rows + deadLetters === 0)
  if (empty.length === 0) {
    return { duplicates: missing, setAside: 0, lostCount: 0, lost: [] }
  }
  const never = countOffsets(empty.filter(segment => segment.isEmptyInLog))
  const aside = empty.filter(segment => segment.isSetAside && !segment.isEmptyInLog)
  const others = empty.filter(segment => !segment.isSetAside && !segment.isEmptyInLog)
  const known = others.filter(segment => segment.isInLog)
  const unknown = others.filter(segment => !segment.isInLog)
  let left = Math.max(claim.duplicates - never, 0)
  const unknownLost = Math.max(countOffsets(unknown) - left, 0)
  left = Math.max(left - countOffsets(unknown), 0)
  const setAside = Math.max(countOffsets(aside) - left, 0)
  const lostCount = countOffsets(known) + unknownLost
  const lost = unknownLost > 0 ? others : known
  return {
    duplicates: missing - setAside - lostCount,
    setAside,
    lostCount,
    lost: mergeRanges(lost),
  }
}

function lossOf({ lost, lostCount }: JudgedClaim, { partition, source }: Claim): Loss {
  return { partition, offsets: lostCount, ranges: lost, source }
}

/** What is there and should not be. */
function oddities(count: ClaimCount, claim: Claim, judged: JudgedClaim, table: string): Finding[] {
  const { partition, segments } = count
  const where = `Partition ${partition} of ${table}`
  const twice = segments.filter(({ rows, deadLetters }) => rows + deadLetters > 1)
  if (twice.length > 0) return duplicatesOf(twice, where, partition)
  const unknown = segments.filter(s => s.rows + s.deadLetters === 1 && s.isEmptyInLog)
  if (unknown.length > 0) {
    const ranges = mergeRanges(unknown)
    const detail = `${where}: the lake has events at ${rangesText(ranges)}, where the log has none.`
    return [{ kind: 'unaccounted', detail, partition }]
  }
  const isWhole = judged.lostCount === 0 && judged.setAside === 0
  const isAsClaimed =
    count.rows === claim.rows &&
    count.deadLetters === claim.deadLetters &&
    count.missing === claim.duplicates
  if (!isWhole || isAsClaimed) return []
  const range = rangesText([claim])
  const detail =
    `${where}, ${claim.source}: ${claim.rows} rows, ${claim.deadLetters} dead letters and ${claim.duplicates} duplicates ` +
    `are claimed for ${range}, and ${count.rows}, ${count.deadLetters} and ${count.missing} are there.`
  return [{ kind: 'unaccounted', detail, partition }]
}

function duplicatesOf(segments: readonly Segment[], where: string, partition: number): Finding[] {
  const both = segments.filter(({ rows, deadLetters }) => rows > 0 && deadLetters > 0)
  const copies = segments.filter(({ rows, deadLetters }) => rows === 0 || deadLetters === 0)
  return [
    { ranges: mergeRanges(copies), what: 'there more than once' },
    { ranges: mergeRanges(both), what: 'there as a row and as a dead letter' },
  ]
    .filter(({ ranges }) => ranges.length > 0)
    .map(({ ranges, what }) => {
      const detail = `${where}: ${rangesText(ranges)} ${verb(countOffsets(ranges))} ${what}.`
      return { kind: 'duplicate', detail, partition }
    })
}

/** Dead letters may be committed before the rows beside them are. */
function unclaimed(
  { partition, segments }: ClaimCount,
  claimed: OffsetRange | undefined,
  table: string,
): Finding[] {
  const isEarly = ({ rows, startOffset }: Segment) =>
    rows === 0 && startOffset >= (claimed?.endOffset ?? 0)
  const ranges = mergeRanges(segments.filter(segment => !isEarly(segment)))
  if (ranges.length === 0) return []
  const detail = `Partition ${partition} of ${table}: no commit accounts for ${rangesText(ranges)}, and there are events.`
  return [{ kind: 'unaccounted', detail, partition }]
}

function addTo(
  sum: PartitionSum | undefined,
  count: ClaimCount,
  claim: Claim,
  judged: JudgedClaim,
): PartitionSum {
  return {
    partition: claim.partition,
    startOffset: sum?.startOffset ?? claim.startOffset,
    endOffset: claim.endOffset,
    rows: (sum?.rows ?? 0) + count.rows,
    deadLetters: (sum?.deadLetters ?? 0) + count.deadLetters,
    duplicates: (sum?.duplicates ?? 0) + judged.duplicates,
    setAside: (sum?.setAside ?? 0) + judged.setAside,
  }
}

function verb(offsets: number): string {
  return offsets === 1 ? 'is' : 'are'
}
