import type { StreamDefinition } from '../../backend/events/stream-definition.ts'
import type { IngestSettings } from '../../backend/ingest/ingest-parts.ts'
import type { MaintenanceSettings } from '../../backend/lake/maintenance.ts'
import type { Random } from './random.ts'

export const definition: StreamDefinition = {
  stream: 'orders',
  eventTime: 'at',
  partitions: 2,
  columns: [
    { name: 'at', type: 'TIMESTAMP', required: true },
    { name: 'id', type: 'BIGINT', required: true },
  ],
}

/** What one run does when nothing goes wrong. */
export interface Work {
  /** What the producer appends: the values of each append, and the pause before it. */
  readonly appends: readonly { readonly values: readonly string[]; readonly afterMs: number }[]
  readonly ingest: IngestSettings
  readonly maintenance: Omit<MaintenanceSettings, 'sortColumn'>
}

/** Enough for several commits, a merge, a checkpoint and a vacuum. */
export function workOf(random: Random): Work {
  let id = 0
  const appends = Array.from({ length: random.between(5, 9) }, () => ({
    values: Array.from({ length: random.between(1, 6) }, () => eventOf(id++, random)),
    afterMs: random.between(0, 400),
  }))
  return {
    appends,
    ingest: {
      retention: { ageMsMax: Infinity, bytesMax: Infinity },
      lingerMs: random.pick([0, 10]),
      batchBytesMax: 1 << 20,
      commitEveryMs: random.between(50, 400),
      commitRowsMax: random.between(4, 20),
    },
    maintenance: {
      targetBytes: 1 << 20,
      fanIn: random.between(2, 3),
      checkpointEveryVersions: random.between(2, 4),
      historyMs: random.pick([0, 1_000, 60_000]),
    },
  }
}

/** One in six is no event; of the others, each belongs to one of two dates. */
function eventOf(id: number, random: Random): string {
  if (random.chance(1 / 6)) return `bad ${id}`
  return `{"at":"2026-01-0${random.between(1, 2)} 00:00:00","id":${id}}`
}
