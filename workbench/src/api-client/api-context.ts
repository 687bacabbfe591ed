import { requiredContext } from '../base/required-context.ts'
import type { LiveClient } from './live-connection.ts'
import type { QueryClient } from './query-client.ts'

/** The ways to the server that components use themselves. */
export interface Api {
  readonly queries: QueryClient
  readonly live: LiveClient
}

export const [ApiContext, useApi] = requiredContext<Api>('Api')
