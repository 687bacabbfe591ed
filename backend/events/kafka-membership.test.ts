import { EventEmitter } from 'node:events'
import type { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { KafkaMembership } from './kafka-membership.ts'

/** A clock that is moved by hand, in steps that let what waits for it go on. */
class HandClock implements Clock {
  #elapsed = 0
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()

  now(): number {
    return this.#elapsed
  }

  elapsed(): number {
    return this.#elapsed
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const wake = () => {
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#sleepers.add({ until: this.#elapsed + delayMs, wake })
      signal?.addEventListener('abort', wake)
    })
  }

  async move(ms: number): Promise<void> {
    for (let moved = 0; moved < ms; moved += 500) {
      this.#elapsed += 500
      for (const sleeper of [...this.#sleepers]) {
        if (sleeper.until > this.#elapsed) continue
        this.#sleepers.delete(sleeper)
        sleeper.wake()
      }
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

/** As kafkajs's, as far as it matters here. */
class FakeConsumer {
  readonly events = {
    GROUP_JOIN: 'joined',
    HEARTBEAT: 'heartbeat',
    REBALANCING: 'rebalancing',
    CRASH: 'crash',
  }
  readonly #emitter = new EventEmitter()
  disconnects = 0
  readonly connect = async () => {}
  readonly subscribe = async () => {}
  readonly run = async () => {}
  readonly pause = () => {}
  readonly on = (name: string, listener: (event: { payload: object }) => void) =>
    this.#emitter.on(name, listener)
  readonly disconnect = async () => {
    this.disconnects++
  }

  is(name: string, payload: object = {}): void {
    this.#emitter.emit(name, { payload })
  }

  isDealt(...partitions: number[]): void {
    this.is('joined', { memberAssignment: { t: partitions } })
  }
}

async function joined() {
  const clock = new HandClock()
  const consumers: FakeConsumer[] = []
  const consumer = (): FakeConsumer => {
    const made = new FakeConsumer()
    consumers.push(made)
    return made
  }
  const kafka = { consumer } as unknown as Kafka
  const parts = { kafka, clock, log: silentLog, topic: 't', group: 'g' }
  const membership = await KafkaMembership.join(parts)
  const part = () => membership.assignment(AbortSignal.abort())
  const [first = new FakeConsumer()] = consumers
  return { membership, clock, consumers, first, part }
}

test('a part is held as long as the group answers, and is back when it does so again', async () => {
  const { clock, first, part } = await joined()
  first.isDealt(2, 0)
  const { partitions, lost } = await part()
  expect(partitions).toEqual([0, 2])
  for (let n = 0; n < 10; n++) {
    await clock.move(1_500)
    first.is('heartbeat')
  }
  expect(lost.aborted).toBe(false)
  await clock.move(7_500)
  expect(lost.aborted).toBe(true)
  expect((await part()).partitions).toEqual([])
  first.is('heartbeat')
  expect((await part()).partitions).toEqual([0, 2])
})

test('while the group deals anew, a heartbeat brings nothing back', async () => {
  const { first, part } = await joined()
  first.isDealt(0, 1)
  first.is('rebalancing')
  first.is('heartbeat')
  expect((await part()).partitions).toEqual([])
  first.isDealt(1)
  expect((await part()).partitions).toEqual([1])
})

test('a consumer that falls silent is replaced, and sent away when it comes back to life', async () => {
  const { clock, consumers, first, part } = await joined()
  first.isDealt(0, 1)
  await clock.move(50_000)
  const { partitions, lost } = await part()
  expect([partitions, lost.aborted, consumers.length]).toEqual([[], false, 1])
  await clock.move(15_000)
  expect(lost.aborted).toBe(true)
  await part()
  expect([consumers.length, first.disconnects]).toEqual([2, 0])
  consumers[1]?.isDealt(0)
  first.isDealt(1)
  first.is('crash', { restart: false })
  expect((await part()).partitions).toEqual([0])
  await clock.move(1_500)
  expect([consumers.length, first.disconnects]).toEqual([2, 1])
})

test('a consumer that kafkajs gives up is replaced at once', async () => {
  const { consumers, first, part } = await joined()
  first.isDealt(0)
  const { lost } = await part()
  first.is('crash', { restart: false })
  expect(lost.aborted).toBe(true)
  await part()
  expect(consumers).toHaveLength(2)
})

test('leaving does not wait for a consumer that hangs', async () => {
  const { membership, clock, first } = await joined()
  Object.assign(first, { disconnect: () => new Promise(() => {}) })
  const left = membership.leave()
  await clock.move(2_500)
  await left
})
