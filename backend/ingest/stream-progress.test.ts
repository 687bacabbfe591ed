import { expect, test } from 'vitest'
import { StreamProgress } from './stream-progress.ts'

test('a wait that takes long is told, and forgotten when it is over', () => {
  const progress = new StreamProgress('orders', 0)
  progress.setState('running')
  progress.waitsFor('The live store', 1_000)
  expect(progress.status(3_500).problem).toBeUndefined()
  expect(progress.status(6_000).problem).toMatchObject({
    code: 'ingest-waiting',
    detail: 'The live store has not answered for 5 s.',
  })
  progress.waitsFor(undefined, 6_100)
  expect(progress.status(60_000).problem).toBeUndefined()
})
