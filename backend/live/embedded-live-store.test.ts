import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { makeTemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts'
import { EmbeddedLiveStore } from './embedded-live-store.ts'
import { liveStoreContract } from './live-store.contract.ts'

let folder = ''
liveStoreContract('EmbeddedLiveStore', {
  async open() {
    folder = await makeTemporaryFolder()
    return EmbeddedLiveStore.open(folder, systemClock)
  },
  async reopen(store) {
    await store.close()
    return EmbeddedLiveStore.open(folder, systemClock)
  },
  async dispose(store) {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  },
})

test('cells beyond their time to live are not read, and their room is freed', async () => {
  let now = 1_000_000
  const clock = { now: () => now, elapsed: () => now, sleep: async () => {} }
  const store = await EmbeddedLiveStore.open(await temporaryFolder(), clock)
  await store.ensureTable('t', { a: { versionsMax: 1, ttlMsMax: 1000 } })
  const cell = { column: 'a:x', timestamp: now, value: Buffer.from('v') }
  const key = Buffer.from('k')
  await store.put('t', [{ key, cells: [cell] }])
  now += 1000
  expect(await store.get('t', key)).toBeDefined()
  now += 1
  expect(await store.get('t', key)).toBeUndefined()
  now += 60_000
  await store.put('t', [{ key: Buffer.from('other'), cells: [{ ...cell, timestamp: now }] }])
  now -= 60_000
  await store.ensureTable('t', { a: { versionsMax: 1 } })
  expect(await store.get('t', key)).toBeUndefined()
  await store.close()
})
