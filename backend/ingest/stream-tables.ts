import { identifier } from '../base/sql.ts'
import { deadLetterColumns } from '../events/dead-letter-table.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import type { LakeColumn } from '../lake/delta-schema.ts'
import type { DeltaTable, TableDefinition } from '../lake/delta-table.ts'

/** The lake tables that a stream is committed to; all streams share the one of dead letters. */
export interface StreamTables {
  readonly events: DeltaTable
  readonly deadLetters: DeltaTable
}

const eventDate: LakeColumn = { name: 'event_date', type: 'DATE' }

/** The stream's columns, where in the log each row came from, and the date that it is filed under. */
export function eventsTable(definition: StreamDefinition): TableDefinition {
  const columns = definition.columns.map(({ name, type }) => ({ name, type }))
  const place = [
    { name: '_partition', type: 'INTEGER' },
    { name: '_offset', type: 'BIGINT' },
  ]
  return {
    name: definition.stream,
    columns: [...columns, ...place, eventDate],
    partitionColumns: [eventDate.name],
  }
}

export const deadLettersTable: TableDefinition = {
  name: 'dead_letters',
  columns: [...deadLetterColumns.map(({ name, type }) => ({ name, type })), eventDate],
  partitionColumns: [eventDate.name],
}

/** The table's rows, from one that has its columns but for the date. */
export function withEventDate(table: TableDefinition, timeColumn: string, source: string): string {
  const columns = table.columns
    .filter(column => column.name !== eventDate.name)
    .map(column => identifier(column.name))
  return `SELECT ${columns.join(', ')}, CAST(${identifier(timeColumn)} AS DATE) AS event_date FROM ${source}`
}

/** The Delta transaction that says how far a partition of a stream is committed. */
export function transactionOf(stream: string, partition: number): string {
  return `${stream}-${partition}`
}

/** The partition that a Delta transaction stands for, or undefined when it is not one of the stream. */
export function partitionIn(appId: string, stream: string): number | undefined {
  const [, partition] = appId.startsWith(`${stream}-`) ? (/-(\d+)$/.exec(appId) ?? []) : []
  return partition === undefined || appId !== transactionOf(stream, Number(partition))
    ? undefined
    : Number(partition)
}

/** The Delta domain in which a table carries what Millrace knows of a stream. */
export function domainOf(stream: string): string {
  return `millrace.${stream}`
}
