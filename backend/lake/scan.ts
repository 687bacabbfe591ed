import { identifier, literal } from '../base/sql.ts'
import type { LakeColumn } from './delta-schema.ts'

/**
 * SQL that reads Parquet files of one table with exactly these columns and types.
 * @param hasOlderFiles whether some files lack columns that were added later: those read as NULL
 */
export function scanSql(
  localFiles: readonly string[],
  columns: readonly LakeColumn[],
  hasOlderFiles = true,
): string {
  if (localFiles.length === 0) return noneSql(columns)
  return scanListSql(`[${localFiles.map(literal).join(', ')}]`, columns, hasOlderFiles)
}

/** The same of files that an expression lists; it must list one at least. */
export function scanListSql(
  files: string,
  columns: readonly LakeColumn[],
  hasOlderFiles: boolean,
): string {
  const names = columns.map(({ name }) => identifier(name)).join(', ')
  if (!hasOlderFiles) {
    return `SELECT ${names} FROM read_parquet(${files}, hive_partitioning = false)`
  }
  return `SELECT ${names} FROM (${noneSql(columns)} UNION ALL BY NAME
    SELECT * FROM read_parquet(${files}, union_by_name = true, hive_partitioning = false))`
}

/** SQL of the columns without any row. */
export function noneSql(columns: readonly LakeColumn[]): string {
  const empty = columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`).join(', ')
  return `SELECT ${empty} WHERE false`
}
