import type { DuckDBInstance } from '@duckdb/node-api'
import type { Clock } from '../base/clock.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import { CheckpointFormat } from '../lake/checkpoint.ts'
import { DeltaTable, type TableDefinition } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import { Maintenance, type MaintenanceSettings } from '../lake/maintenance.ts'
import { deadLettersTable, eventsTable, type StreamTables } from './stream-tables.ts'

export interface OpenedTables {
  /** Stream → its tables. */
  readonly byStream: ReadonlyMap<string, StreamTables>
  maintenanceOf(stream: string): readonly Maintenance[]
}

export interface TableParts {
  readonly lake: Lake
  readonly duckDb: DuckDBInstance
  readonly clock: Clock
}

/** Opens the lake tables of all streams, and the one of their dead letters. */
export async function openTables(
  definitions: readonly StreamDefinition[],
  parts: TableParts,
  settings: Omit<MaintenanceSettings, 'sortColumn'>,
): Promise<OpenedTables> {
  const open = (table: TableDefinition, sortColumn: string) =>
    openTable(table, parts, { ...settings, sortColumn })
  const deadLetters = await open(deadLettersTable, 'appended_at')
  const byStream = new Map<string, StreamTables>()
  const maintenance = new Map<string, Maintenance[]>()
  for (const definition of definitions) {
    const events = await open(eventsTable(definition), definition.eventTime)
    byStream.set(definition.stream, { events: events.table, deadLetters: deadLetters.table })
    maintenance.set(definition.stream, [events.maintenance, deadLetters.maintenance])
  }
  return { byStream, maintenanceOf: stream => maintenance.get(stream) ?? [] }
}

/** A table and its upkeep, on connections of their own: they work at the same time. */
async function openTable(
  definition: TableDefinition,
  { lake, duckDb, clock }: TableParts,
  settings: MaintenanceSettings,
): Promise<{ table: DeltaTable; maintenance: Maintenance }> {
  const checkpoints = new CheckpointFormat(lake, await duckDb.connect())
  const table = await DeltaTable.open(definition, { lake, clock, checkpoints })
  const connection = await duckDb.connect()
  return { table, maintenance: new Maintenance(table, { lake, connection, clock }, settings) }
}
