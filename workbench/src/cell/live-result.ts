import type { LiveEvent } from '../api-client/live-connection.ts'
import { readMessages } from '../result/arrow-result.ts'
import type { Result } from '../result/result.ts'
import type { DataAge } from './data-age.ts'

/** Rows that a page gets of a live result. */
export const liveRowsMax = 10_000

/** A result that the live connection brought, and how old its data is when it reads a stream. */
export function readLiveResult({
  header,
  messages,
  receivedAt,
}: Extract<LiveEvent, { type: 'result' }>): {
  readonly result: Result
  readonly age: DataAge | null
} {
  const result = readMessages(messages, { rowsTotal: header.rows, cutBy: null })
  const readsStream = header.streams.length > 0
  return {
    result: result.rows < header.rows ? { ...result, cutBy: 'rows' } : result,
    age: readsStream ? { ageMs: header.ageMs, receivedAt } : null,
  }
}
