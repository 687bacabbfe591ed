import type { Clock } from '../base/clock.ts'
import type { LiveAnswer } from './live-answer.ts'
import { type LiveOutcome, LiveQuery } from './live-query.ts'
import type { QueryEngine, Statement } from './query-engine.ts'
import type { VisibleChange } from './visible-change.ts'

export interface LiveSubscriber {
  changed(answer: LiveAnswer): void
  confirmed(asOf: number): void
  failed(failure: Extract<LiveOutcome, { kind: 'failed' }>['failure']): void
}

export interface LiveStatement extends Statement {
  readonly rowsMax: number
}

interface Shared {
  readonly query: LiveQuery
  readonly subscribers: Set<LiveSubscriber>
  lastFailure: Extract<LiveOutcome, { kind: 'failed' }> | undefined
}

export interface LiveQueriesParts {
  readonly engine: QueryEngine
  readonly clock: Clock
  readonly timeoutMs: number
}

/** Live statements: those that are alike run once for all who look at them. */
export class LiveQueries {
  readonly #parts: LiveQueriesParts
  readonly #shared = new Map<string, Shared>()
  /** Stream → what is in sight of it: the sum of its positions tells whether there is more. */
  readonly #visible = new Map<string, { asOf: number; end: number }>()

  constructor(parts: LiveQueriesParts) {
    this.#parts = parts
  }

  /** @returns a function that ends the subscription */
  subscribe(statement: LiveStatement, subscriber: LiveSubscriber): () => void {
    const key = JSON.stringify([statement.sql, statement.params, statement.rowsMax])
    const shared = this.#shared.get(key) ?? this.#share(key, statement)
    shared.subscribers.add(subscriber)
    if (shared.query.answer) subscriber.changed(shared.query.answer)
    else if (shared.lastFailure) subscriber.failed(shared.lastFailure.failure)
    return () => {
      shared.subscribers.delete(subscriber)
      if (shared.subscribers.size > 0 || this.#shared.get(key) !== shared) return
      shared.query.close()
      this.#shared.delete(key)
    }
  }

  /** Runs again what depends on it. */
  streamVisible({ stream, positions, asOf, isSnapshot }: VisibleChange): void {
    const before = this.#visible.get(stream)
    const end = [...positions.values()].reduce((sum, position) => sum + position, 0)
    this.#visible.set(stream, { asOf: Math.max(asOf, before?.asOf ?? 0), end })
    if (end === before?.end && !isSnapshot) return
    for (const { query } of this.#shared.values()) query.streamChanged(stream)
  }

  /** There are other names for statements to find. */
  namesChanged(): void {
    for (const { query } of this.#shared.values()) query.namesChanged()
  }

  /** To be called about once a second. */
  tick(): void {
    for (const { query } of this.#shared.values()) query.tick()
  }

  close(): void {
    for (const { query } of this.#shared.values()) query.close()
    this.#shared.clear()
  }

  #share(key: string, statement: LiveStatement): Shared {
    const { engine, clock, timeoutMs } = this.#parts
    const { rowsMax, ...plain } = statement
    const subscribers = new Set<LiveSubscriber>()
    const query = new LiveQuery({
      engine,
      clock,
      statement: plain,
      rowsMax,
      timeoutMs,
      asOf: stream => this.#visible.get(stream)?.asOf ?? 0,
      onOutcome: outcome => {
        shared.lastFailure = outcome.kind === 'failed' ? outcome : undefined
        for (const subscriber of subscribers) tell(subscriber, outcome)
      },
    })
    const shared: Shared = { query, subscribers, lastFailure: undefined }
    this.#shared.set(key, shared)
    return shared
  }
}

function tell(subscriber: LiveSubscriber, outcome: LiveOutcome): void {
  switch (outcome.kind) {
    case 'changed':
      subscriber.changed(outcome.answer)
      break
    case 'confirmed':
      subscriber.confirmed(outcome.asOf)
      break
    case 'failed':
      subscriber.failed(outcome.failure)
  }
}
