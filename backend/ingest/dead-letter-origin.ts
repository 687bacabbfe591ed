import type { Positions } from '../events/event-log.ts'
import type { Action, Snapshot } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import { domainOf, partitionIn, transactionOf } from './stream-tables.ts'

/**
 * Dead letters of all streams lie in one table, which stays when an operator moves a stream's own table away. So it says
 * of which topic the offsets are that it holds of a stream.
 */
export function originOf(stream: string, topicId: string): Action {
  const configuration = JSON.stringify({ topicId })
  return { domainMetadata: { domain: domainOf(stream), configuration, removed: false } }
}

/**
 * Forgets how far the dead letters of a former topic went: those of the new one have offsets of their own, and would be
 * taken for ones that are there already.
 */
export async function renounceFormer(
  deadLetters: DeltaTable,
  { stream, topicId }: { readonly stream: string; readonly topicId: string },
  positions: Positions,
  now: number,
): Promise<void> {
  await deadLetters.commit(snapshot => {
    const partitions = partitionsIn(snapshot, stream)
    const origin = originIn(snapshot, stream)
    if (partitions.length === 0 || origin === topicId) return undefined
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
      actions: [...(isFormer ? begun : []), originOf(stream, topicId)],
    }
  })
}

function partitionsIn({ transactions }: Snapshot, stream: string): number[] {
  return [...transactions.keys()].flatMap(appId => partitionIn(appId, stream) ?? [])
}

function originIn({ domains }: Snapshot, stream: string): string | undefined {
  const text = domains.get(domainOf(stream))
  return text === undefined ? undefined : (JSON.parse(text) as { topicId: string }).topicId
}
