import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Clock } from '../base/clock.ts'
import type { StreamStatus } from '../contract/ingest.ts'
import type { LiveMessage } from '../contract/live.ts'
import type { LiveQueries } from '../query/live-queries.ts'
import { LivePage } from './live-page.ts'
import { ResultFrames } from './result-frames.ts'

export interface LiveParts {
  readonly live: LiveQueries
  readonly clock: Clock
  statuses(): StreamStatus[]
}

const statusEveryMs = 1_000

/** One WebSocket a page: results of live statements as they change, and how the streams are. */
export function liveRoutes({ live, clock, statuses }: LiveParts): FastifyPluginAsyncTypebox {
  return async app => {
    const pages = new Set<LivePage>()
    const frames = new ResultFrames()
    const status = (): string =>
      JSON.stringify({ type: 'status', streams: statuses() } satisfies LiveMessage)
    const timer = setInterval(() => {
      live.tick()
      const text = status()
      for (const page of pages) page.sendStatus(text)
    }, statusEveryMs)
    app.addHook('onClose', async () => clearInterval(timer))
    app.get('/api/live', { websocket: true, schema: { hide: true } }, socket => {
      const page = new LivePage({ socket, live, frames, clock })
      pages.add(page)
      socket.on('message', data => page.handle(String(data)))
      socket.on('error', () => socket.terminate())
      socket.on('close', () => {
        pages.delete(page)
        page.close()
      })
      page.sendStatus(status())
    })
  }
}
