import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../backend/base/clock.ts'
import { clusterConnections } from '../backend/cluster-connections.ts'
import { readConfig } from '../backend/config.ts'
import { EmbeddedLiveStore } from '../backend/live/embedded-live-store.ts'
import { HbaseLiveStore } from '../backend/live/hbase-live-store.ts'
import { profileSettings } from './profile.ts'
import { compareStores } from './store-sequences.ts'

const shownEvery = 500

/** Compares the embedded live store with HBase over many generated sequences of operations. */
const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    sequences: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const count = Number(values.sequences ?? (values.long ? 10_000 : 500))
const seed = Number(values.seed)
const folder = await mkdtemp(join(tmpdir(), 'millrace-contract-'))
const config = readConfig({ ...process.env, ...profileSettings('cluster', folder) })
const hbase = new HbaseLiveStore((await clusterConnections(config)).hbase, systemClock)
const embedded = await EmbeddedLiveStore.open(join(folder, 'live'), systemClock)
try {
  const startedAt = performance.now()
  await compareStores([embedded, hbase], {
    count,
    seed,
    lanes: 8,
    onSequence: done => {
      if (done % shownEvery === 0) console.log(`${done} of ${count} sequences`)
    },
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(`${count} sequences, seed ${seed}, ${seconds} s: no divergence`)
} catch (error) {
  const { message, cause } = error as Error
  console.error(`${message}\n${(cause as Error | undefined)?.message ?? ''}`)
  process.exitCode = 1
} finally {
  await embedded.close()
  await hbase.close()
  await rm(folder, { recursive: true, force: true })
}
