import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { identifier, literal } from '../base/sql.ts'
import { checksumTag } from './checksum.ts'
import type { AddFile } from './delta-log.ts'
import type { LakeColumn } from './delta-schema.ts'
import type { DeltaTable } from './delta-table.ts'
import type { Lake } from './lake.ts'

/** Rows on their way into files: those of a SELECT, or a simulation's. */
export interface RowSource {
  /**
   * Writes the rows into files in folders of the partition columns below `folder`, which is new, and has `take` take them
   * over; what is left there is removed.
   */
  writeFiles<T>(
    target: { readonly folder: string; readonly partitionColumns: readonly string[] },
    take: (written: readonly WrittenFile[]) => Promise<T>,
  ): Promise<T>
}

export interface WriteOptions {
  readonly lake: Lake
  readonly table: DeltaTable
  readonly now: number
  /** False when the rows were in the table before and only move to other files. */
  readonly dataChange: boolean
}

/**
 * Writes rows, which have the table's columns, as new files of the table: one or more for each partition. They belong to
 * the table once a commit names them.
 */
export async function writeRows(rows: RowSource, options: WriteOptions): Promise<AddFile[]> {
  const { lake, table } = options
  const { partitionColumns } = table.definition
  const folder = join(lake.stagingFolder, randomUUID())
  return rows.writeFiles({ folder, partitionColumns }, async written => {
    const files: AddFile[] = []
    for (const file of written) files.push(await addFile(file, options))
    return files
  })
}

/** The rows of a SELECT, written as Parquet by DuckDB. */
export function selectedRows(connection: DuckDBConnection, select: string): RowSource {
  return {
    async writeFiles({ folder, partitionColumns }, take) {
      const partitionBy = partitionColumns.map(identifier).join(', ')
      try {
        const copied = await connection.runAndReadAll(
          `COPY (${select}) TO ${literal(folder)} (FORMAT parquet, COMPRESSION zstd,
            PARTITION_BY (${partitionBy}), FILENAME_PATTERN 'part-{uuid}', RETURN_STATS)`,
        )
        return await take(copied.getRowObjectsJson() as unknown as WrittenFile[])
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

type Entries<T> = { key: string; value: T }[]

/** A file of one partition, as DuckDB tells of it. */
export interface WrittenFile {
  readonly filename: string
  readonly count: string
  readonly file_size_bytes: string
  readonly column_statistics: Entries<Entries<string>>
  readonly partition_keys: Entries<string>
}

async function addFile(written: WrittenFile, options: WriteOptions): Promise<AddFile> {
  const { lake, table, now, dataChange } = options
  const partitionValues = Object.fromEntries(
    written.partition_keys.map(({ key, value }) => [key, value]),
  )
  const folder = Object.entries(partitionValues).map(([key, value]) => `${key}=${value}`)
  const path = [...folder, basename(written.filename)].join('/')
  const checksum = await lake.localChecksum(written.filename)
  await lake.putFile(written.filename, table.filePath(path))
  return {
    path,
    partitionValues,
    size: Number(written.file_size_bytes),
    modificationTime: now,
    dataChange,
    stats: statsOf(written, table.definition.columns),
    tags: { [checksumTag]: checksum },
  }
}

/** The `stats` of a Delta file. Written as text, because a 64-bit integer is no JavaScript number. */
export function statsOf(
  written: Pick<WrittenFile, 'count' | 'column_statistics'>,
  columns: readonly LakeColumn[],
): string {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const minValues: string[] = []
  const maxValues: string[] = []
  const nullCount: string[] = []
  for (const { key, value: entries } of written.column_statistics) {
    const name = key.slice(1, -1).replaceAll('""', '"')
    const stats = new Map(entries.map(entry => [entry.key, entry.value]))
    const member = (value: string) => `${JSON.stringify(name)}:${value}`
    const [min, max] = [stats.get('min'), stats.get('max')]
    const type = types.get(name)
    if (type !== undefined && isOrdered(type) && min !== undefined && max !== undefined) {
      if (stats.get('has_nan') !== 'true') {
        minValues.push(member(statValue(min, type)))
        maxValues.push(member(statValue(max, type)))
      }
    }
    nullCount.push(member(stats.get('null_count') ?? '0'))
  }
  return (
    `{"numRecords":${written.count},"minValues":{${minValues.join(',')}},` +
    `"maxValues":{${maxValues.join(',')}},"nullCount":{${nullCount.join(',')}}}`
  )
}

function isOrdered(type: string): boolean {
  return type !== 'BOOLEAN'
}

function statValue(value: string, type: string): string {
  if (type === 'TIMESTAMP') return JSON.stringify(value.replace(' ', 'T'))
  if (type === 'VARCHAR' || type === 'JSON' || type === 'DATE') return JSON.stringify(value)
  return value
}
