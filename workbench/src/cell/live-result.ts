import type { LiveEvent } from '../api-client/live-connection.ts'
import { readResult } from '../result/arrow-result.ts'
import type { ShownResult } from './run-state.ts'

/** Rows that are sent anew with each change of a live result. */
export const liveRowsMax = 10_000

/** A result that the live connection brought. */
export function readLiveResult(
  sql: string,
  { header, bytes, receivedAt }: Extract<LiveEvent, { type: 'result' }>,
): ShownResult {
  const result = readResult(bytes, { rowsTotal: header.rows, cutBy: null })
  const readsStream = header.streams.length > 0
  return {
    result: result.rows < header.rows ? { ...result, cutBy: 'rows' } : result,
    sql,
    engine: 'server',
    reason: 'live: the statement runs again as soon as new events are visible',
    elapsedMs: header.elapsedMs,
    age: readsStream ? { ageMs: header.ageMs, receivedAt } : null,
  }
}
