import type { StreamStatus } from '../../../backend/contract/ingest.ts'
import type { LiveRequest } from '../../../backend/contract/live.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import type { Clock } from '../base/clock.ts'
import { type Readable, Store } from '../base/store.ts'
import { type HeldAnswer, nextAnswer, nothingHeld, type ResultHeader } from './held-answer.ts'
import { type LiveFrame, readFrame } from './live-frame.ts'

export type LiveQuery = Pick<
  Extract<LiveRequest, { type: 'subscribe' }>,
  'sql' | 'params' | 'rowsMax'
>

/**
 * What a subscriber is told. After `lost`, the next `result` or `current` says that it goes on. Messages of a result that
 * were in the one before are the same objects.
 */
export type LiveEvent =
  | {
      type: 'result'
      header: Pick<ResultHeader, 'ageMs' | 'elapsedMs' | 'isKept' | 'rows' | 'streams'>
      messages: HeldAnswer['messages']
      receivedAt: number
    }
  | { type: 'current'; ageMs: number; receivedAt: number }
  | { type: 'failed'; problem: Problem }
  | { type: 'lost' }

type Listener = (event: LiveEvent) => void

/** The part of a WebSocket that is used here. */
export interface Socket {
  send(text: string): void
  close(): void
}

export interface SocketListener {
  opened(): void
  received(data: unknown): void
  closed(): void
}

/** Opens a connection; never throws, and calls `closed` once at the end. */
export type OpenSocket = (listener: SocketListener) => Socket

/** Keeps statements current over one WebSocket; equal ones share a subscription. */
export interface LiveClient {
  subscribe(query: LiveQuery, listener: Listener): () => void
  /** Whether the server is reached: `lost` while it is not and the page tries again. */
  readonly link: Readable<LinkState>
  /** The streams, about once a second; null until the first word. */
  readonly streams: Readable<StreamsHeard | null>
}

export type LinkState = 'connecting' | 'open' | 'lost'
export interface StreamsHeard {
  readonly streams: readonly StreamStatus[]
  readonly receivedAt: number
}

interface Subscription {
  id: string
  readonly query: LiveQuery
  readonly listeners: Set<Listener>
  last: LiveEvent | null
  /** What is here of the answer: the server sends only what changes in it. */
  held: HeldAnswer
}

const retryDelaysMs = [250, 500, 1_000, 2_000, 4_000, 8_000]
/** The server speaks about once a second: a longer silence is a dead connection. */
const silenceMaxMs = 6_000

export class LiveConnection implements LiveClient {
  readonly link = new Store<LinkState>('connecting')
  readonly streams = new Store<StreamsHeard | null>(null)
  private readonly subscriptions = new Map<string, Subscription>()
  private readonly open: OpenSocket
  private readonly clock: Clock
  private socket: Socket | null = null
  private isOpen = false
  private attempts = 0
  private count = 0
  private stopWatch = (): void => {}

  constructor(options: { open: OpenSocket; clock: Clock }) {
    this.open = options.open
    this.clock = options.clock
  }

  start(): void {
    if (this.socket) return
    const socket = this.open({
      opened: () => this.socket === socket && this.opened(),
      received: data => this.socket === socket && this.received(data),
      closed: () => this.socket === socket && this.closed(),
    })
    this.socket = socket
    this.watchSilence()
  }

  subscribe(query: LiveQuery, listener: Listener): () => void {
    const key = JSON.stringify([query.sql, query.params ?? {}, query.rowsMax ?? null])
    const existing = this.subscriptions.get(key)
    const subscription = existing ?? this.add(key, query)
    subscription.listeners.add(listener)
    // Asking for what failed is asking again.
    if (subscription.last?.type === 'failed') this.renew(subscription)
    else if (subscription.last) listener(subscription.last)
    return () => this.leave(key, subscription, listener)
  }

  private add(key: string, query: LiveQuery): Subscription {
    const id = this.nextId()
    const listeners = new Set<Listener>()
    const subscription = { id, query, listeners, last: null, held: nothingHeld }
    this.subscriptions.set(key, subscription)
    this.ask(subscription)
    return subscription
  }

  private renew(subscription: Subscription): void {
    this.send({ type: 'unsubscribe', id: subscription.id })
    subscription.id = this.nextId()
    subscription.last = null
    this.ask(subscription)
  }

  private nextId(): string {
    this.count += 1
    return `s${this.count}`
  }

  private leave(key: string, subscription: Subscription, listener: Listener): void {
    subscription.listeners.delete(listener)
    if (subscription.listeners.size > 0 || this.subscriptions.get(key) !== subscription) return
    this.subscriptions.delete(key)
    this.send({ type: 'unsubscribe', id: subscription.id })
  }

  private ask(subscription: Subscription): void {
    const { id, query, held } = subscription
    const holds = { answer: held.answer, messages: [...held.names] }
    this.send({ type: 'subscribe', id, ...query, holds })
  }

  private send(request: LiveRequest): void {
    if (this.isOpen) this.socket?.send(JSON.stringify(request))
  }

  private opened(): void {
    this.isOpen = true
    this.attempts = 0
    this.link.set('open')
    for (const subscription of this.subscriptions.values()) this.ask(subscription)
  }

  private received(data: unknown): void {
    this.watchSilence()
    const frame = readFrame(data)
    if (!frame) return
    const { message } = frame
    if (message.type === 'status') {
      this.streams.set({ streams: message.streams, receivedAt: this.clock.now() })
      return
    }
    const subscription = [...this.subscriptions.values()].find(({ id }) => id === message.id)
    if (!subscription) return
    if (message.type === 'result') this.take(subscription, message, frame.bytes)
    else if (message.type === 'current') {
      const { ageMs } = message
      publish(subscription, { type: 'current', ageMs, receivedAt: this.clock.now() })
    } else publish(subscription, { type: 'failed', problem: message.problem })
  }

  private take(subscription: Subscription, header: ResultHeader, bytes: LiveFrame['bytes']): void {
    const next = bytes && nextAnswer(subscription.held, header, bytes)
    subscription.held = next ?? nothingHeld
    if (next === null) {
      this.renew(subscription)
      return
    }
    const { messages } = next
    publish(subscription, { type: 'result', header, messages, receivedAt: this.clock.now() })
  }

  private closed(): void {
    this.stopWatch()
    this.socket = null
    this.isOpen = false
    this.link.set('lost')
    for (const subscription of this.subscriptions.values()) publish(subscription, { type: 'lost' })
    const delay = retryDelaysMs[Math.min(this.attempts, retryDelaysMs.length - 1)] ?? 0
    this.attempts += 1
    this.clock.after(delay, () => this.start())
  }

  private watchSilence(): void {
    this.stopWatch()
    this.stopWatch = this.clock.after(silenceMaxMs, () => {
      const socket = this.socket
      this.closed()
      socket?.close()
    })
  }
}

function publish(subscription: Subscription, event: LiveEvent): void {
  // Who joins later gets the last result, not only the word that it still holds.
  if (event.type === 'result' || event.type === 'failed') subscription.last = event
  for (const listener of [...subscription.listeners]) listener(event)
}
