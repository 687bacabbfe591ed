import { Failure } from '../../base/failure.ts'
import { placeIn } from '../../contract/duckdb-error.ts'
import type { Node } from '../syntax-tree.ts'

/** Why the SELECT `sql` cannot be kept, at the place of the node that is to blame. */
export function refusal(reason: string, sql: string, node?: Node, hint?: string): Failure {
  const place = node?.query_location
  const isPlaced = typeof place === 'number' && place < Buffer.byteLength(sql)
  return new Failure('view-not-mergeable', reason, {
    hint: hint ?? 'See docs/live-views.md for what a live view can be.',
    extra: isPlaced ? { position: placeIn(sql, place) } : {},
  })
}
