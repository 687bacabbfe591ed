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
 * Dead letters are committed before the rows of the same offsets: those that lie ahead of the rows are held back. Those of
 * streams that are not defined any more have no positions.
 */
export function notAhead(scan: string): string {
  return `SELECT * FROM (${scan}) letter
    WHERE stream NOT IN (SELECT position.stream FROM millrace.positions position)
      OR EXISTS (FROM millrace.positions position WHERE position.stream = letter.stream
        AND position.part = letter.log_partition AND position.next_offset > letter.log_offset)`
}
