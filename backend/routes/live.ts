import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { WebSocket } from '@fastify/websocket'
import { Compile } from 'typebox/compile'
import type { Clock } from '../base/clock.ts'
import { toProblem } from '../base/problem-document.ts'
import type { StreamStatus } from '../contract/ingest.ts'
import { type LiveMessage, LiveRequest } from '../contract/live.ts'
import type { LiveQueries } from '../query/live-queries.ts'
import type { LiveAnswer } from '../query/live-query.ts'

export interface LiveParts {
  readonly live: LiveQueries
  readonly clock: Clock
  statuses(): StreamStatus[]
}

const statusEveryMs = 1_000
/** A page that has not taken this much yet gets the newest results later, and none in between. */
const unsentBytesMax = 1 << 20
const subscriptionsMax = 200

const isLiveRequest = Compile(LiveRequest)

/** One WebSocket a page: results of live statements as they change, and how the streams are. */
export function liveRoutes(parts: LiveParts): FastifyPluginAsyncTypebox {
  return async app => {
    const pages = new Set<LivePage>()
    const timer = setInterval(() => {
      parts.live.tick()
      const status = JSON.stringify({
        type: 'status',
        streams: parts.statuses(),
      } satisfies LiveMessage)
      for (const page of pages) page.sendStatus(status)
    }, statusEveryMs)
    app.addHook('onClose', async () => clearInterval(timer))
    app.get('/api/live', { websocket: true, schema: { hide: true } }, socket => {
      const page = new LivePage(socket, parts)
      pages.add(page)
      socket.on('close', () => {
        pages.delete(page)
        page.close()
      })
    })
  }
}

class LivePage {
  readonly #socket: WebSocket
  readonly #parts: LiveParts
  readonly #subscriptions = new Map<string, () => void>()
  /** Subscription → the newest message that the page was too slow for. */
  readonly #held = new Map<string, () => void>()

  constructor(socket: WebSocket, parts: LiveParts) {
    this.#socket = socket
    this.#parts = parts
    socket.on('message', data => this.#handle(String(data)))
    socket.on('error', () => socket.terminate())
    this.sendStatus(JSON.stringify({ type: 'status', streams: parts.statuses() }))
  }

  sendStatus(text: string): void {
    this.#flush()
    if (this.#socket.bufferedAmount < unsentBytesMax) this.#socket.send(text)
  }

  close(): void {
    for (const end of this.#subscriptions.values()) end()
    this.#subscriptions.clear()
    this.#held.clear()
  }

  #handle(text: string): void {
    const request = parseRequest(text)
    if (!request) {
      this.#socket.close(1008, 'not a request of this protocol')
      return
    }
    this.#subscriptions.get(request.id)?.()
    this.#subscriptions.delete(request.id)
    this.#held.delete(request.id)
    if (request.type === 'unsubscribe') return
    if (this.#subscriptions.size >= subscriptionsMax) {
      this.#socket.close(1013, `more than ${subscriptionsMax} live statements`)
      return
    }
    this.#subscribe(request)
  }

  #subscribe({
    id,
    sql,
    params = {},
    rowsMax = 10_000,
  }: Extract<LiveRequest, { type: 'subscribe' }>): void {
    const { live, clock } = this.#parts
    const end = live.subscribe(
      { sql, params, rowsMax },
      {
        changed: answer => this.#send(id, () => resultFrame(id, answer, clock.now())),
        confirmed: asOf => {
          if (this.#held.has(id)) return
          this.#sendJson(id, { type: 'current', id, ageMs: Math.max(0, clock.now() - asOf) })
        },
        failed: failure => this.#sendJson(id, { type: 'failed', id, problem: toProblem(failure) }),
      },
    )
    this.#subscriptions.set(id, end)
  }

  #sendJson(id: string, message: LiveMessage): void {
    this.#send(id, () => JSON.stringify(message))
  }

  #send(id: string, frame: () => string | Buffer): void {
    if (this.#socket.bufferedAmount < unsentBytesMax) {
      this.#held.delete(id)
      this.#socket.send(frame(), () => this.#flush())
    } else this.#held.set(id, () => this.#send(id, frame))
  }

  #flush(): void {
    if (this.#socket.bufferedAmount >= unsentBytesMax) return
    for (const [id, send] of [...this.#held]) {
      this.#held.delete(id)
      send()
    }
  }
}

function parseRequest(text: string): LiveRequest | undefined {
  try {
    const request: unknown = JSON.parse(text)
    return isLiveRequest.Check(request) ? request : undefined
  } catch {
    return undefined
  }
}

function resultFrame(id: string, answer: LiveAnswer, now: number): Buffer {
  const { rows, elapsedMs, asOf } = answer
  const message: LiveMessage = {
    type: 'result',
    id,
    ageMs: Math.max(0, now - asOf),
    elapsedMs,
    rows,
    streams: [...answer.streams],
  }
  const json = JSON.stringify(message)
  // Arrow's buffers are read in place, which takes a beginning at a multiple of eight.
  const padding = ' '.repeat(7 - ((Buffer.byteLength(json) + 3) % 8))
  const header = Buffer.from(json + padding)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  return Buffer.concat([length, header, answer.arrow])
}
