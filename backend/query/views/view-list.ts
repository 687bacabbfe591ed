import { literal } from '../../base/sql.ts'
import type { ResultColumn } from '../../contract/query.ts'

/** A live view as `SHOW LIVE VIEWS` shows it. */
export interface ListedView {
  readonly name: string
  readonly sql: string
  readonly stream: string
  readonly columns: readonly ResultColumn[]
  /** Whether its parts hold all that the lake holds. */
  readonly isComplete: boolean
  /** Why they fell behind, when they did. */
  readonly problem: string | undefined
  /** About. */
  readonly rows: number
}

/** Makes the table that `SHOW LIVE VIEWS` reads. */
export function listSql(views: readonly ListedView[]): string {
  const rows = views.map(({ name, stream, sql, columns, isComplete, rows, problem }) => {
    const texts = [name, stream, sql.trim(), JSON.stringify(columns)].map(literal)
    const because = problem === undefined ? 'NULL' : literal(problem)
    return `(${[...texts, isComplete, rows, because].join(', ')})`
  })
  const none = `(NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, false, 0, NULL::VARCHAR)`
  return `CREATE OR REPLACE VIEW millrace.live_views AS
    SELECT name, stream, is_complete, rows::BIGINT AS rows, problem, statement, columns
    FROM (VALUES ${[none, ...rows].join(', ')})
      AS view(name, stream, statement, columns, is_complete, rows, problem)
    WHERE name IS NOT NULL`
}
