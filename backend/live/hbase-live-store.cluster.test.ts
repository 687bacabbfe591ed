import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { systemClock } from '../base/clock.ts'
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
