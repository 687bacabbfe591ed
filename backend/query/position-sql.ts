import { literal } from '../base/sql.ts'
import type { TableState } from './engine-messages.ts'

/** The condition that a row lies at or above the positions. */
export function isAtOrAbove(
  positions: ReadonlyMap<number, number>,
  columns: { readonly partition: string; readonly offset: string },
): string {
  const below = [...positions].map(
    ([partition, offset]) =>
      `(${columns.partition} = ${partition} AND ${columns.offset} < ${offset})`,
  )
  return below.length === 0 ? 'true' : `NOT (${below.join(' OR ')})`
}

/**
 * Dead letters are committed before the rows of the same offsets, and are held back until those are in sight. What lies
 * above the commits as well is of a table that was there before. Streams that are not defined any more have no positions.
 */
export function notAhead(scan: string, committed: TableState['positions']): string {
  const ends = [...committed].flatMap(([stream, positions]) =>
    [...positions].map(([part, offset]) => `(${literal(stream)}, ${part}, ${offset})`),
  )
  if (ends.length === 0) return scan
  const isBelow = (positions: string): string =>
    `EXISTS (FROM ${positions} position WHERE position.stream = letter.stream
        AND position.part = letter.log_partition AND position.next_offset > letter.log_offset)`
  return `SELECT * FROM (${scan}) letter
    WHERE stream NOT IN (SELECT position.stream FROM millrace.positions position)
      OR ${isBelow('millrace.positions')}
      OR NOT ${isBelow(`(SELECT * FROM (VALUES ${ends.join(', ')}) ends(stream, part, next_offset))`)}`
}
