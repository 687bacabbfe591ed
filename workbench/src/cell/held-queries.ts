import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import type { QueryState } from '../../../backend/contract/query.ts'
import { ArrowMessageSplitter } from '../api-client/arrow-messages.ts'
import type { LiveClient, LiveEvent } from '../api-client/live-connection.ts'
import { ProblemError } from '../api-client/problem-error.ts'
import type { QueryClient } from '../api-client/query-client.ts'
import { Store } from '../base/store.ts'

const bytes = new Uint8Array(tableToIPC(tableFromArrays({ n: [1, 2] }), { format: 'stream' }) ?? [])
/** What every statement is answered with: two rows. */
export const answerMessages = new ArrowMessageSplitter().push(bytes)

/** A server for tests, whose statements answer when the test says so. */
export class HeldQueries implements QueryClient {
  /** The statements that were asked, in their order. */
  readonly asked: string[] = []
  readonly cancelled: string[] = []
  private waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []

  async run({ sql }: { sql: string }, options: Parameters<QueryClient['run']>[1]): Promise<void> {
    this.asked.push(sql)
    await new Promise<void>((resolve, reject) => {
      const waiting = { resolve, reject }
      this.waiting.push(waiting)
      options.signal.addEventListener('abort', () => {
        this.waiting = this.waiting.filter(each => each !== waiting)
        reject(new DOMException('', 'AbortError'))
      })
    })
    for (const message of answerMessages) await options.onMessage(message)
  }

  state(id: string): Promise<QueryState> {
    const streams = [{ stream: 'events', version: 1, partitions: [], ageMs: 40 }]
    return Promise.resolve({
      id,
      state: 'done',
      engine: 'server',
      reason: 'why',
      progress: 0.5,
      fetching: { files: 3, filesTotal: 12 },
      rows: 2,
      elapsedMs: 7,
      streams,
    })
  }

  cancel(id: string): Promise<QueryState> {
    this.cancelled.push(id)
    const [title, detail] = ['Cancelled', 'The statement was cancelled.']
    const cancelled = { type: 'about:blank', title, detail, status: 499, code: 'query-cancelled' }
    this.fail(new ProblemError({ ...cancelled, retryable: false }))
    return this.state(id)
  }

  answer(): void {
    this.waiting.shift()?.resolve()
  }

  fail(error: unknown): void {
    this.waiting.shift()?.reject(error)
  }
}

/** A WebSocket for tests, on which the test tells what comes. */
export class HandLive implements LiveClient {
  readonly link = new Store<'open'>('open')
  readonly streams = new Store(null)
  readonly asked: string[] = []
  tell = (_: LiveEvent): void => {}

  subscribe({ sql }: { sql: string }, listener: (event: LiveEvent) => void): () => void {
    this.asked.push(sql)
    this.tell = listener
    return () => this.asked.push(`end ${sql}`)
  }
}
