import { expect, test } from 'vitest'
import type { QueryId } from '../api-client/query-client.ts'
import { ManualClock } from '../base/manual-clock.ts'
import { BrowserEngine } from './browser-engine.ts'

test('a statement that waits for another one is cancelled at once, and does not run', async () => {
  let opens = 0
  const open = () => {
    opens += 1
    return new Promise<never>(() => {})
  }
  const engine = new BrowserEngine({ open, clock: new ManualClock() })
  const client = engine.clientFor({ tables: [], reason: 'a test' })
  const never = new AbortController().signal
  const [one, two, three] = ['1', '2', '3'] as unknown as [QueryId, QueryId, QueryId]
  const ask = (id: QueryId, signal = never) =>
    client.run({ id, sql: 'SELECT 1' }, { onMessage: () => {}, signal })
  const first = ask(one)
  const second = ask(two)
  const third = new AbortController()
  const left = ask(three, third.signal)
  second.catch(() => {})
  left.catch(() => {})
  expect((await client.state(two)).state).toBe('queued')
  expect((await client.cancel(two)).state).toBe('cancelled')
  await expect(second).rejects.toMatchObject({ name: 'AbortError' })
  third.abort()
  await expect(left).rejects.toMatchObject({ name: 'AbortError' })
  expect((await client.state(one)).state).toBe('running')
  expect((await client.cancel(one)).state).toBe('cancelled')
  await expect(first).rejects.toMatchObject({ name: 'AbortError' })
  expect(opens).toBe(1)
})
