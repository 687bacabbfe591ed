import { expect, test } from 'vitest'
import type { StreamStatus } from '../../../backend/contract/ingest.ts'
import { streamHealth } from './stream-health.ts'

const problem = { code: 'ingest-waiting', detail: 'The live store has not answered for 6 s.' }

function status(changed: Partial<StreamStatus>): StreamStatus {
  return {
    stream: 'events',
    state: 'running',
    eventsPerSecond: 200,
    lag: 3,
    freshnessMs: { p50: 90, p95: 120, p99: 150 },
    lastCommit: null,
    partitions: [],
    ...changed,
  }
}

test.each([
  ['live', status({}), { tone: 'live', word: 'Live', detail: null }],
  ['far behind', status({ lag: 20_000 }), { tone: 'stale', word: 'Catching up' }],
  ['waiting', status({ problem }), { tone: 'stale', word: 'Waiting', detail: problem.detail }],
  ['paused', status({ state: 'paused', problem }), { word: 'Paused', detail: problem.detail }],
  ['halted', status({ state: 'halted', problem }), { tone: 'failed', word: 'Halted' }],
])('the badge says when a stream is %s', (_, one, shown) => {
  const heard = { streams: [status({ stream: 'users' }), one], receivedAt: 0 }
  expect(streamHealth('open', heard)).toMatchObject(shown)
})
