import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Clock } from '../base/clock.ts'
import { Catalog } from '../contract/catalog.ts'
import { Health, IngestStatus, type StreamStatus } from '../contract/ingest.ts'
import type { StreamProgress } from '../ingest/stream-progress.ts'
import type { CatalogReader } from '../query/catalog.ts'

export interface SystemParts {
  readonly catalog: CatalogReader
  readonly progress: readonly StreamProgress[]
  readonly profile: string
  readonly version: string
  readonly clock: Clock
}

/** What there is, and how it is. */
export function systemRoutes(parts: SystemParts): FastifyPluginAsyncTypebox {
  const statuses = (): StreamStatus[] =>
    parts.progress.map(progress => progress.status(parts.clock.now()))
  return async app => {
    app.get(
      '/api/catalog',
      {
        schema: {
          summary: 'Tables, functions and keywords',
          response: { 200: Catalog },
          tags: ['system'],
        },
      },
      () => parts.catalog.read(),
    )
    app.get(
      '/api/ingest',
      {
        schema: {
          summary: 'Rate, lag, last commit and accounting of each stream',
          response: { 200: IngestStatus },
          tags: ['system'],
        },
      },
      async () => ({ streams: statuses() }),
    )
    app.get(
      '/api/health',
      {
        schema: {
          summary: 'Whether all parts are well',
          response: { 200: Health },
          tags: ['system'],
        },
      },
      async () => healthOf(statuses(), parts),
    )
  }
}

function healthOf(statuses: readonly StreamStatus[], parts: SystemParts): Health {
  const problems = statuses
    .filter(({ state, problem }) => problem || !['starting', 'running'].includes(state))
    .map(({ stream, state, problem }) => ({
      part: `ingest of ${stream}`,
      detail: problem?.detail ?? `It is ${state}.`,
    }))
  const { version, profile } = parts
  return { status: problems.length === 0 ? 'ok' : 'degraded', version, profile, problems }
}
