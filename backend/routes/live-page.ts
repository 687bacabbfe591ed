import { Compile } from 'typebox/compile'
import type { Clock } from '../base/clock.ts'
import { toProblem } from '../base/problem-document.ts'
import { type LiveMessage, LiveRequest } from '../contract/live.ts'
import { type HeldAnswer, nothingHeld } from '../query/live-answer.ts'
import type { LiveQueries } from '../query/live-queries.ts'
import type { ResultFrames } from './result-frames.ts'

/** The part of a WebSocket that is used here. */
export interface PageSocket {
  /** Bytes that the page has not taken yet. */
  readonly bufferedAmount: number
  send(message: string | Buffer, taken?: () => void): void
  close(code: number, reason: string): void
}

export interface LivePageParts {
  readonly socket: PageSocket
  readonly live: Pick<LiveQueries, 'subscribe'>
  readonly frames: ResultFrames
  readonly clock: Clock
}

/** A page that has not taken this much yet gets the newest results later, and none in between. */
const unsentBytesMax = 1 << 20
const subscriptionsMax = 200

const isLiveRequest = Compile(LiveRequest)

interface Subscription {
  /** What the page has: an answer is sent as what changes in that. */
  held: HeldAnswer
  end(): void
}

/** What one page is subscribed to, and what it has of it. */
export class LivePage {
  readonly #parts: LivePageParts
  readonly #subscriptions = new Map<string, Subscription>()
  /** Subscription → what makes its newest message, until the page has room for it. */
  readonly #due = new Map<string, () => string | Buffer>()

  constructor(parts: LivePageParts) {
    this.#parts = parts
  }

  sendStatus(text: string): void {
    this.#flush()
    if (this.#parts.socket.bufferedAmount < unsentBytesMax) this.#parts.socket.send(text)
  }

  close(): void {
    for (const { end } of this.#subscriptions.values()) end()
    this.#subscriptions.clear()
    this.#due.clear()
  }

  /** Does what the page asks for. */
  handle(text: string): void {
    const request = parseRequest(text)
    if (!request) {
      this.#parts.socket.close(1008, 'not a request of this protocol')
      return
    }
    this.#subscriptions.get(request.id)?.end()
    this.#subscriptions.delete(request.id)
    this.#due.delete(request.id)
    if (request.type === 'unsubscribe') return
    if (this.#subscriptions.size >= subscriptionsMax) {
      this.#parts.socket.close(1013, `more than ${subscriptionsMax} live statements`)
      return
    }
    this.#subscribe(request)
  }

  #subscribe(request: Extract<LiveRequest, { type: 'subscribe' }>): void {
    const { id, sql, params = {}, rowsMax = 10_000, holds } = request
    const { live, frames, clock } = this.#parts
    const held = holds?.answer ? { fingerprint: holds.answer, names: holds.messages } : nothingHeld
    const subscription: Subscription = { held, end: () => {} }
    this.#subscriptions.set(id, subscription)
    subscription.end = live.subscribe(
      { sql, params, rowsMax },
      {
        changed: answer =>
          this.#send(id, () => {
            const { held } = subscription
            if (holds) subscription.held = answer.held
            return frames.frame(answer, { id, held, now: clock.now() })
          }),
        confirmed: asOf => {
          if (this.#due.has(id)) return
          this.#sendJson(id, { type: 'current', id, ageMs: Math.max(0, clock.now() - asOf) })
        },
        failed: failure => this.#sendJson(id, { type: 'failed', id, problem: toProblem(failure) }),
      },
    )
  }

  #sendJson(id: string, message: LiveMessage): void {
    this.#send(id, () => JSON.stringify(message))
  }

  #send(id: string, message: () => string | Buffer): void {
    this.#due.set(id, message)
    this.#flush()
  }

  /** Sends what is due for as long as the page takes it. */
  #flush(): void {
    for (const [id, message] of this.#due) {
      if (this.#parts.socket.bufferedAmount >= unsentBytesMax) return
      this.#due.delete(id)
      this.#parts.socket.send(message(), () => this.#flush())
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
