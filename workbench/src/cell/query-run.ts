import type { QueryRequest } from '../../../backend/contract/query.ts'
import type { QueryClient, QueryId, QueryProgress } from '../api-client/query-client.ts'
import type { Clock } from '../base/clock.ts'
import { readResult } from '../result/arrow-result.ts'
import type { Bytes, Result } from '../result/result.ts'

/** Rows and bytes that a page holds of one result; the rest is counted, and exported from the server. */
export const resultRowsMax = 100_000
export const resultBytesMax = 64 * 2 ** 20

const pollDelayMs = 250

export interface QueryRunOptions {
  readonly queries: QueryClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onState: (state: QueryProgress) => void
}

/** Runs a statement to its end, telling its state on the way, and reads the first rows of its result. */
export async function runQuery(
  { id, sql, engine = 'auto' }: Pick<QueryRequest, 'sql' | 'engine'> & { id: QueryId },
  options: QueryRunOptions,
): Promise<Result> {
  const stopPolling = poll(id, options)
  const messages: Bytes[] = []
  let bytes = 0
  let isCut = false
  try {
    await options.queries.run(
      { id, sql, engine, rowsMax: resultRowsMax },
      {
        signal: options.signal,
        onMessage: message => {
          isCut ||= bytes + message.bytes.length > resultBytesMax && message.kind === 'batch'
          // What is over the budget is read and dropped, so that the engine counts to the end.
          if (isCut) return
          bytes += message.bytes.length
          messages.push(message.bytes)
        },
      },
    )
  } finally {
    stopPolling()
  }
  const result = readResult(messages, { rowsTotal: null, cutBy: isCut ? 'bytes' : null })
  if (isCut) return result
  return result.rows < resultRowsMax
    ? { ...result, rowsTotal: result.rows }
    : { ...result, cutBy: 'rows' }
}

/** Asks for the state of a statement until it has ended. */
export async function followToEnd(id: QueryId, options: QueryRunOptions): Promise<void> {
  for (;;) {
    const state = await options.queries.state(id, options.signal)
    options.onState(state)
    if (state.state !== 'running' && state.state !== 'queued') return
    await new Promise<void>(resolve => options.clock.after(pollDelayMs, resolve))
  }
}

function poll(id: QueryId, { queries, clock, signal, onState }: QueryRunOptions): () => void {
  let isEnded = false
  const ask = async (): Promise<void> => {
    const state = await queries.state(id, signal).catch(() => null)
    if (isEnded) return
    if (state) onState(state)
    cancel = clock.after(pollDelayMs, () => void ask())
  }
  let cancel = clock.after(pollDelayMs, () => void ask())
  return () => {
    isEnded = true
    cancel()
  }
}
