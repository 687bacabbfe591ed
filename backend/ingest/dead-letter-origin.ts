import type { Positions } from '../events/event-log.ts'
import type { Action, Snapshot } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import { domainOf, partitionIn, type StreamTables, transactionOf } from './stream-tables.ts'

/**
 * Dead letters of all streams lie in one table, which stays when an operator moves a stream's own table away. So it says
 * which table of events the offsets belong to that it holds of a stream.
 */
export function originOf(stream: string, events: DeltaTable): Action {
  const configuration = JSON.stringify({ events: events.snapshot.metaData?.id })
  return { domainMetadata: { domain: domainOf(stream), configuration, removed: false } }
}

/**
 * Forgets how far dead letters went beside a former table of events: those of the new one have offsets of their own, and
 * would be taken for ones that are there already.
 */
export async function renounceFormer(
  { events, deadLetters }: StreamTables,
  stream: string,
  positions: Positions,
  now: number,
): Promise<void> {
  const id = events.snapshot.metaData?.id
  await deadLetters.commit(snapshot => {
    const partitions = partitionsIn(snapshot, stream)
    const origin = originIn(snapshot, stream)
    if (partitions.length === 0 || origin === id) return undefined
    const isFormer = origin !== undefined
    const begun = partitions.map(partition => ({
      txn: {
        appId: transactionOf(stream, partition),
        version: (positions.get(partition) ?? 0) - 1,
        lastUpdated: now,
      },
    }))
    return {
      operation: 'STREAMING UPDATE',
      actions: [...(isFormer ? begun : []), originOf(stream, events)],
    }
  })
}

function partitionsIn({ transactions }: Snapshot, stream: string): number[] {
  return [...transactions.keys()].flatMap(appId => partitionIn(appId, stream) ?? [])
}

function originIn({ domains }: Snapshot, stream: string): string | undefined {
  const text = domains.get(domainOf(stream))
  return text === undefined ? undefined : (JSON.parse(text) as { events: string }).events
}
