import type { PartitionAccounting } from '../contract/ingest.ts'
import type { Finding } from '../contract/verification.ts'
import type { StreamDomain } from '../ingest/lake-commit.ts'
import { domainOf, partitionIn } from '../ingest/stream-tables.ts'
import type { Action } from '../lake/delta-log.ts'

/** What one version of a stream's table, or several together, say of the offsets of a partition. */
export interface Claim extends PartitionAccounting {
  /** Such as `version 12`. */
  readonly source: string
}

type Totals = ReadonlyMap<number, PartitionAccounting>

/**
 * Gathers what the commits of a table claim, in the order of their versions. Each holds the accounts of all commits up to
 * it: what lies between two of them is claimed by the later one, whether or not those between can still be read.
 */
export class ClaimReader {
  readonly #stream: string
  readonly #table: string
  #totals: Totals = new Map()
  /** The version up to which `#totals` count: none before it was left out. */
  #knownVersion = -1
  readonly claims: Claim[] = []
  readonly findings: Finding[] = []

  constructor(stream: string, table: string) {
    this.#stream = stream
    this.#table = table
  }

  add(version: number, actions: readonly Action[]): void {
    const totals = totalsIn(actions, this.#stream)
    const isNext = version === this.#knownVersion + 1
    if (totals !== undefined) {
      if (isNext) this.#compareWithInfo(version, actions, totals)
      this.#compareWithTransactions(version, actions, totals)
      this.#claim(version, totals)
    }
    if (isNext || totals !== undefined) this.#knownVersion = version
  }

  /** What the versions claim that could not be read, by the accounts of the snapshot. */
  finish(version: number, domain: StreamDomain | undefined): void {
    this.#claim(version, totalsOf(domain?.partitions ?? []))
  }

  #claim(version: number, totals: Totals): void {
    const first = this.#knownVersion + 1
    const source = first >= version ? `version ${version}` : `versions ${first} to ${version}`
    for (const [partition, total] of totals) {
      const part = difference(total, this.#totals.get(partition))
      if (part.endOffset > part.startOffset) this.claims.push({ ...part, source })
      else if (part.endOffset < part.startOffset) {
        this.#disagree(version, partition, `goes back to offset ${total.endOffset}`)
      }
    }
    this.#totals = totals
  }

  /** The commit's own accounts have to lead from the sums before it to those that it holds. */
  #compareWithInfo(version: number, actions: readonly Action[], totals: Totals): void {
    for (const part of infoIn(actions)) {
      const total = totals.get(part.partition)
      const expected = total && difference(total, this.#totals.get(part.partition))
      if (expected && isSame(part, expected)) continue
      const { startOffset, endOffset } = part
      const claimed = `${part.rows} rows, ${part.deadLetters} dead letters and ${part.duplicates} duplicates`
      this.#disagree(
        version,
        part.partition,
        `claims ${claimed} for offsets ${startOffset} to ${endOffset - 1}, and the sums of the accounts say otherwise`,
      )
    }
  }

  #compareWithTransactions(version: number, actions: readonly Action[], totals: Totals): void {
    for (const action of actions) {
      if (!('txn' in action)) continue
      const partition = partitionIn(action.txn.appId, this.#stream)
      if (partition === undefined) continue
      const endOffset = totals.get(partition)?.endOffset
      if (endOffset === action.txn.version + 1) continue
      this.#disagree(
        version,
        partition,
        `is committed up to offset ${action.txn.version}, and its accounts end at ${endOffset}`,
      )
    }
  }

  #disagree(version: number, partition: number, what: string): void {
    const detail = `Partition ${partition} of ${this.#table}, version ${version}: it ${what}.`
    this.findings.push({ kind: 'unaccounted', detail, partition })
  }
}

function totalsIn(actions: readonly Action[], stream: string): Totals | undefined {
  for (const action of actions) {
    if (!('domainMetadata' in action)) continue
    const { domain, configuration } = action.domainMetadata
    if (domain === domainOf(stream)) {
      return totalsOf((JSON.parse(configuration) as StreamDomain).partitions)
    }
  }
  return undefined
}

function infoIn(actions: readonly Action[]): readonly PartitionAccounting[] {
  for (const action of actions) {
    if (!('commitInfo' in action)) continue
    const { millrace } = action.commitInfo as {
      readonly millrace?: { readonly partitions?: readonly PartitionAccounting[] }
    }
    return millrace?.partitions ?? []
  }
  return []
}

function totalsOf(partitions: readonly PartitionAccounting[]): Totals {
  return new Map(partitions.map(part => [part.partition, part]))
}

function difference(
  total: PartitionAccounting,
  before: PartitionAccounting | undefined,
): PartitionAccounting {
  if (before === undefined) return total
  return {
    partition: total.partition,
    startOffset: before.endOffset,
    endOffset: total.endOffset,
    rows: total.rows - before.rows,
    deadLetters: total.deadLetters - before.deadLetters,
    duplicates: total.duplicates - before.duplicates,
  }
}

function isSame(a: PartitionAccounting, b: PartitionAccounting): boolean {
  return (
    a.startOffset === b.startOffset &&
    a.endOffset === b.endOffset &&
    a.rows === b.rows &&
    a.deadLetters === b.deadLetters &&
    a.duplicates === b.duplicates
  )
}
