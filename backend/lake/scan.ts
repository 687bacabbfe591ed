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
  const empty = columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`).join(', ')
  const none = `SELECT ${empty} WHERE false`
  if (localFiles.length === 0) return none
  const names = columns.map(({ name }) => identifier(name)).join(', ')
  const files = localFiles.map(literal).join(', ')
  if (!hasOlderFiles) {
    return `SELECT ${names} FROM read_parquet([${files}], hive_partitioning = false)`
  }
  return `SELECT ${names} FROM (${none} UNION ALL BY NAME
    SELECT * FROM read_parquet([${files}], union_by_name = true, hive_partitioning = false))`
}
