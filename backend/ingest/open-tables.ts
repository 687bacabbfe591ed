import type { DuckDBInstance } from '@duckdb/node-api'
import type { Clock } from '../base/clock.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import { type ActionFiles, Checkpoints, ParquetActionFiles } from '../lake/checkpoint.ts'
import { DeltaTable, type TableDefinition } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import {
  Maintenance,
  type MaintenanceSettings,
  type Merge,
  mergedRows,
} from '../lake/maintenance.ts'
import type { RowSource } from '../lake/parquet-writer.ts'
import { deadLettersTable, eventsTable, type StreamTables } from './stream-tables.ts'

export interface OpenedTables {
  /** Stream → its tables. */
  readonly byStream: ReadonlyMap<string, StreamTables>
  maintenanceOf(stream: string): readonly Maintenance[]
}

/** What reads and writes files for a table; its checkpoints and its merges happen at the same time. */
export interface TableFiles {
  readonly checkpoints: ActionFiles
  mergedRows(merge: Merge): RowSource
}

export interface TableParts {
  readonly lake: Lake
  readonly clock: Clock
  openFiles(): Promise<TableFiles>
}

/** Files of tables as Parquet, by DuckDB on connections of their own. */
export async function openParquetFiles(duckDb: DuckDBInstance): Promise<TableFiles> {
  const merging = await duckDb.connect()
  return {
    checkpoints: new ParquetActionFiles(await duckDb.connect()),
    mergedRows: merge => mergedRows(merging, merge),
  }
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

/** A table and its upkeep. */
async function openTable(
  definition: TableDefinition,
  { lake, clock, openFiles }: TableParts,
  settings: MaintenanceSettings,
): Promise<{ table: DeltaTable; maintenance: Maintenance }> {
  const files = await openFiles()
  const checkpoints = new Checkpoints(lake, files.checkpoints)
  const table = await DeltaTable.open(definition, { lake, clock, checkpoints })
  const parts = { lake, clock, mergedRows: files.mergedRows }
  return { table, maintenance: new Maintenance(table, parts, settings) }
}
