/** What a run of offsets is: each kind is a number in the table of runs. */
export const kinds = { row: 0, deadLetter: 1, logRead: 2, logEmpty: 3, setAside: 4 } as const
export type RunKind = keyof typeof kinds

export const schemaSql = `
  CREATE TABLE runs (source INTEGER, kind TINYINT, part INTEGER, first BIGINT, next BIGINT, copies INTEGER);
  CREATE TABLE claims (id INTEGER, part INTEGER, first BIGINT, next BIGINT, row_count BIGINT, dead_count BIGINT, empty_count BIGINT)`
/** Stand for claims of what lies before the first one of a partition, and behind the last. */
const [before, behind] = [-1, 2 ** 31 - 1]

const isEdge = (kind: RunKind): string => `kind = ${kinds[kind]}`
const depths = Object.entries({
  row_depth: 'row',
  dead_depth: 'deadLetter',
  read_depth: 'logRead',
  empty_depth: 'logEmpty',
  aside_depth: 'setAside',
} satisfies Record<string, RunKind>)

/** Sweeps over the edges of all runs and claims: between two of them every offset is alike. */
export const segmentsSql = `
  WITH edges AS (
    SELECT part, first AS place, kind, copies AS step, NULL::INTEGER AS id FROM runs
    UNION ALL SELECT part, next, kind, -copies, NULL FROM runs
    UNION ALL SELECT part, first, -1, 0, id FROM claims
    UNION ALL SELECT part, max(next), -1, 0, ${behind} FROM claims GROUP BY part
  ), steps AS (
    SELECT part, place, max(id) AS id,
      ${depths.map(([name, kind]) => `coalesce(sum(step) FILTER (${isEdge(kind)}), 0) AS ${name}`).join(', ')}
    FROM edges GROUP BY part, place
  )
  SELECT part, place AS first, lead(place) OVER along AS next,
    coalesce(max(id) OVER along, ${before}) AS id,
    ${depths.map(([name]) => `sum(${name}) OVER along AS ${name}`).join(', ')}
  FROM steps WINDOW along AS (PARTITION BY part ORDER BY place)
  QUALIFY next IS NOT NULL`

export const countsSql = `
  SELECT id, part, sum(row_depth * (next - first))::DOUBLE, sum(dead_depth * (next - first))::DOUBLE,
    coalesce(sum(next - first) FILTER (row_depth + dead_depth = 0), 0)::DOUBLE
  FROM segments GROUP BY id, part ORDER BY part, id`

const isMissing = 'row_depth + dead_depth = 0'
const isOdd = `${isMissing} OR row_depth + dead_depth > 1 OR (row_depth + dead_depth = 1 AND empty_depth > 0)`

/** Of claims that do not hold, and of rows that nothing claims. */
export const oddSegmentsSql = `
  WITH found AS (
    SELECT id, part, sum(row_depth * (next - first)) AS row_count, sum(dead_depth * (next - first)) AS dead_count,
      coalesce(sum(next - first) FILTER (${isMissing}), 0) AS empty_count,
      bool_or(${isMissing} AND read_depth > empty_depth) AS is_lost,
      bool_or(row_depth + dead_depth > 0 AND empty_depth > 0) AS is_strange
    FROM segments GROUP BY id, part
  ), suspect AS (
    SELECT found.id, found.part FROM found LEFT JOIN claims USING (id)
    WHERE claims.id IS NOT NULL AND (is_lost OR is_strange OR found.row_count <> claims.row_count
      OR found.dead_count <> claims.dead_count OR found.empty_count <> claims.empty_count)
  )
  SELECT id, part, first::DOUBLE AS first, next::DOUBLE, row_depth::DOUBLE, dead_depth::DOUBLE,
    read_depth::DOUBLE, empty_depth::DOUBLE, aside_depth::DOUBLE
  FROM segments SEMI JOIN suspect USING (id, part) WHERE ${isOdd}
  UNION ALL
  SELECT id, part, first::DOUBLE AS first, next::DOUBLE, row_depth::DOUBLE, dead_depth::DOUBLE, 0, 0, 0
  FROM segments WHERE id IN (${before}, ${behind}) AND row_depth + dead_depth > 0
  ORDER BY part, first`
