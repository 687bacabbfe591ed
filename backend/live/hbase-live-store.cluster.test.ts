import { randomUUID } from 'node:crypto'
import { inject, test } from 'vitest'
import { compareStores } from '../../bench/store-sequences.ts'
import { systemClock } from '../base/clock.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { EmbeddedLiveStore } from './embedded-live-store.ts'
import { HbaseLiveStore } from './hbase-live-store.ts'
import { liveStoreContract } from './live-store.contract.ts'

function open(tablePrefix: string): HbaseLiveStore {
  const gateways = [new URL(inject('cluster').hbase)]
  return new HbaseLiveStore({ gateways, namespace: 'default', tablePrefix }, systemClock)
}

let prefix = ''
liveStoreContract('HbaseLiveStore', {
  async open() {
    prefix = `contract_${randomUUID()}_`
    return open(prefix)
  },
  async reopen(store) {
    await store.close()
    return open(prefix)
  },
  dispose: store => store.close(),
})

test('any sequence of operations is answered as the embedded store answers it', async () => {
  const embedded = await EmbeddedLiveStore.open(await temporaryFolder(), systemClock)
  const hbase = open(`sequences_${randomUUID()}_`)
  const seed = Date.now() % 1_000_000
  await compareStores([embedded, hbase], { count: 200, seed, lanes: 4 })
  await embedded.close()
  await hbase.close()
})
