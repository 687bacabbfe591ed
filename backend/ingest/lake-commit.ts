import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { PartitionAccounting } from '../contract/ingest.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import type { Action, AddFile, Snapshot } from '../lake/delta-log.ts'
import type { Commit, DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import { writeRows } from '../lake/parquet-writer.ts'
import { type Accounting, addAccounting, checkIdentity } from './accounting.ts'
import { originOf } from './dead-letter-origin.ts'
import type { PendingCommit } from './pending-rows.ts'
import { domainOf, partitionIn, type StreamTables, transactionOf } from './stream-tables.ts'

export interface CommitParts {
  readonly definition: StreamDefinition
  readonly topicId: string
  readonly tables: StreamTables
  readonly lake: Lake
  readonly clock: Clock
}

/** The stream's state that its table carries in a metadata domain, beside the transactions. */
export interface StreamDomain {
  readonly topicId: string
  /** What all commits hold, together. */
  readonly partitions: readonly PartitionAccounting[]
}

/**
 * Commits what is pending: first the dead letters, then the rows, each with the offsets up to which it goes. After a
 * crash between the two, the dead letters are known to be there and are not written again.
 * @returns the number of files added
 * @throws Failure `lake-conflict` when another writer has committed some of these offsets, `ingest-gap` when offsets
 *   before them are missing
 */
export async function commitToLake(pending: PendingCommit, parts: CommitParts): Promise<number> {
  checkIdentity(pending.accounting)
  const { tables, definition } = parts
  const deadFiles = await commitDeadLetters(pending, parts)
  checkPositions(tables.events.snapshot, pending.accounting, definition.stream)
  const files = await writeEvents(pending, parts)
  await tables.events.commit(snapshot => eventsCommit(snapshot, pending.accounting, files, parts))
  return deadFiles + files.length
}

async function writeEvents(pending: PendingCommit, parts: CommitParts): Promise<AddFile[]> {
  return pending.rows ? writeRows(pending.rows, writeOptions(parts.tables.events, parts)) : []
}

/** How far the table goes: partition → the next offset to commit. Partitions without a commit are not there. */
export function committedPositions(snapshot: Snapshot, stream: string): Map<number, number> {
  const positions = new Map<number, number>()
  for (const { appId, version } of snapshot.transactions.values()) {
    const partition = partitionIn(appId, stream)
    if (partition !== undefined) positions.set(partition, version + 1)
  }
  return positions
}

export function streamDomain(snapshot: Snapshot, stream: string): StreamDomain | undefined {
  const text = snapshot.domains.get(domainOf(stream))
  return text === undefined ? undefined : (JSON.parse(text) as StreamDomain)
}

async function commitDeadLetters(pending: PendingCommit, parts: CommitParts): Promise<number> {
  const table = parts.tables.deadLetters
  const { stream } = parts.definition
  // Upkeep may move the table's snapshot on while the files are written: what is missing is decided once.
  const seen = table.snapshot.transactions
  const committedIn = (partition: number): number =>
    seen.get(transactionOf(stream, partition))?.version ?? -1
  const fresh = [...pending.accounting.values()].filter(
    part => part.deadLetters > 0 && committedIn(part.partition) < part.endOffset - 1,
  )
  if (fresh.length === 0) return 0
  const above = fresh.map(({ partition }) => [partition, committedIn(partition)] as const)
  const rows = pending.deadLettersAbove(new Map(above))
  const files = await writeRows(rows, writeOptions(table, parts))
  await table.commit(snapshot => {
    for (const { partition } of fresh) {
      const committed = snapshot.transactions.get(transactionOf(stream, partition))?.version ?? -1
      if (committed !== committedIn(partition)) throw conflict(stream, partition)
    }
    return {
      operation: 'STREAMING UPDATE',
      actions: [
        ...files.map(add => ({ add })),
        ...transactions(fresh, parts),
        originOf(stream, parts.topicId),
      ],
    }
  })
  return files.length
}

function eventsCommit(
  snapshot: Snapshot,
  accounting: Accounting,
  files: readonly AddFile[],
  parts: CommitParts,
): Commit {
  const { stream } = parts.definition
  checkPositions(snapshot, accounting, stream)
  const before = streamDomain(snapshot, stream)?.partitions ?? []
  const total = addAccounting(new Map(before.map(part => [part.partition, part])), accounting)
  const domain: StreamDomain = { topicId: parts.topicId, partitions: [...total.values()] }
  const committed = [...accounting.values()]
  return {
    operation: 'STREAMING UPDATE',
    actions: [
      ...files.map(add => ({ add })),
      ...transactions(committed, parts),
      {
        domainMetadata: {
          domain: domainOf(stream),
          configuration: JSON.stringify(domain),
          removed: false,
        },
      },
    ],
    info: { millrace: { stream, partitions: committed } },
  }
}

function checkPositions(snapshot: Snapshot, accounting: Accounting, stream: string): void {
  for (const { partition, startOffset } of accounting.values()) {
    const transaction = snapshot.transactions.get(transactionOf(stream, partition))
    if (transaction === undefined || transaction.version + 1 === startOffset) continue
    if (transaction.version >= startOffset) throw conflict(stream, partition)
    throw new Failure(
      'ingest-gap',
      `Offsets ${transaction.version + 1} to ${startOffset - 1} of partition ${partition} of ${stream} are missing.`,
      { hint: 'Nothing was committed. See docs/problems.md#ingest-gap.' },
    )
  }
}

function transactions(partitions: readonly PartitionAccounting[], parts: CommitParts): Action[] {
  return partitions.map(({ partition, endOffset }) => ({
    txn: {
      appId: transactionOf(parts.definition.stream, partition),
      version: endOffset - 1,
      lastUpdated: parts.clock.now(),
    },
  }))
}

function writeOptions(table: DeltaTable, { lake, clock }: CommitParts) {
  return { lake, table, now: clock.now(), dataChange: true }
}

function conflict(stream: string, partition: number): Failure {
  return new Failure(
    'lake-conflict',
    `Another writer has committed offsets of partition ${partition} of ${stream} that were under way here.`,
    { hint: 'Ingest starts again from what the lake holds; nothing is lost or doubled.' },
  )
}
