import type { EngineName, QueryRequest, QueryState } from '../../../backend/contract/query.ts'
import type { Brand } from '../base/brand.ts'
import { type ArrowMessage, ArrowMessageSplitter } from './arrow-messages.ts'
import { type HttpClient, jsonBody } from './http-client.ts'
import { isAbort, ProblemError, unreachableProblem } from './problem-error.ts'

export type QueryId = Brand<string, 'QueryId'>

const arrowStreamType = 'application/vnd.apache.arrow.stream'

/** The engine of this browser, or one that the server has. */
export type PlaceName = EngineName | 'browser'

/** How a statement stands. */
export type QueryProgress = Omit<QueryState, 'engine'> & { readonly engine: PlaceName }

/** Runs statements and asks about them. */
export interface QueryClient {
  /**
   * Hands each Arrow message of the answer to `onMessage`, and waits for it before reading on. Throws a `ProblemError`
   * when the statement fails, at its start or in the middle of the answer.
   */
  run(request: QueryRequest & { id: QueryId }, options: RunOptions): Promise<void>
  state(id: QueryId, signal?: AbortSignal): Promise<QueryProgress>
  /** Cancels a statement; the answer comes when the engine has confirmed. */
  cancel(id: QueryId): Promise<QueryProgress>
}

interface RunOptions {
  onMessage: (message: ArrowMessage) => void | Promise<void>
  signal: AbortSignal
}

export function newQueryId(): QueryId {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('') as QueryId
}

export class HttpQueryClient implements QueryClient {
  private readonly http: HttpClient

  constructor(http: HttpClient) {
    this.http = http
  }

  async run(request: QueryRequest & { id: QueryId }, options: RunOptions): Promise<void> {
    const { headers, ...init } = jsonBody(request)
    const response = await this.http.send('/api/query', {
      ...init,
      headers: { ...headers, accept: arrowStreamType },
      signal: options.signal,
    })
    const splitter = new ArrowMessageSplitter()
    try {
      for await (const chunk of readChunks(response)) {
        for (const message of splitter.push(chunk)) await options.onMessage(message)
      }
    } catch (error) {
      throw isAbort(error) ? error : await this.explain(request.id, error)
    }
  }

  state(id: QueryId, signal?: AbortSignal): Promise<QueryState> {
    return this.http.json(`/api/queries/${id}`, signal ? { signal } : {})
  }

  cancel(id: QueryId): Promise<QueryState> {
    return this.http.json(`/api/queries/${id}`, { method: 'DELETE' })
  }

  /** A body that breaks off says nothing: the query's state knows why. */
  private async explain(id: QueryId, error: unknown): Promise<unknown> {
    if (!(error instanceof TypeError)) return error
    const state = await this.state(id).catch(() => null)
    return new ProblemError(state?.problem ?? unreachableProblem())
  }
}

async function* readChunks(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
