import { identifier, literal } from '../../base/sql.ts'
import type { LakeColumn } from '../../lake/delta-schema.ts'

/**
 * Types whose bounds in a Delta log leave files out: texts may be cut off there, and a number is only read back as it was
 * while it has no more digits than a double.
 */
export function hasBounds(type: string): boolean {
  const [, precision] = /^DECIMAL\((\d+),\d+\)$/.exec(type) ?? []
  if (precision !== undefined) return Number(precision) <= 15
  return ['INTEGER', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP'].includes(type)
}

export function minOf(column: string): string {
  return `min ${column}`
}

export function maxOf(column: string): string {
  return `max ${column}`
}

/** SQL of all columns' bounds in the text `stats` of a Delta log, NULL where they are not known. */
export function boundsSql(columns: readonly LakeColumn[]): string[] {
  return columns
    .filter(({ type }) => hasBounds(type))
    .flatMap(({ name, type }) => {
      // Other writers cut times off after the milliseconds.
      const rest = type === 'TIMESTAMP' ? ' + INTERVAL 1 MILLISECOND' : ''
      return [
        `${boundSql('minValues', name, type)} AS ${identifier(minOf(name))}`,
        `${boundSql('maxValues', name, type)}${rest} AS ${identifier(maxOf(name))}`,
      ]
    })
}

function boundSql(member: string, column: string, type: string): string {
  const pointer = `/${member}/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return `TRY_CAST(json_extract_string(stats, ${literal(pointer)}) AS ${type})`
}
