import { requiredContext } from '../base/required-context.ts'
import type { LiveClient } from './live-connection.ts'
import type { QueryClient } from './query-client.ts'
import type { VerificationClient } from './verification-client.ts'

/** The ways to the server that components use themselves. */
export interface Api {
  readonly queries: QueryClient
  readonly live: LiveClient
  readonly verifications: VerificationClient
}

export const [ApiContext, useApi] = requiredContext<Api>('Api')
