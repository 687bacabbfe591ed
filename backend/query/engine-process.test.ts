import { expect, test } from 'vitest'
import { silentLog } from '../base/log.ts'
import { deadLettersTable, eventsTable } from '../ingest/stream-tables.ts'
import { engineEntry } from '../testing/embedded-engine.ts'
import { ordersDefinition } from '../testing/embedded-ingest.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { startEngineProcess } from './engine-link.ts'
import type { FromProcess, TableState } from './engine-messages.ts'

/** Both wait while the process sets up: which one came last must not matter. */
test('of two snapshots that wait, that of the dead letters comes into sight first', async () => {
  const scratchFolder = await temporaryFolder()
  const seen: FromProcess[] = []
  const onMessage = (message: FromProcess): void => {
    seen.push(...(message.type === 'several' ? message.messages : [message]))
  }
  const link = startEngineProcess(engineEntry, { onMessage, onEnd() {} }, silentLog)
  const setup = {
    ...{ streams: [ordersDefinition], threads: 1, memoryBytesMax: 64 << 20 },
    ...{ readableFolders: [], scratchFolder, spillFolder: scratchFolder },
  }
  const positions = new Map([['orders', new Map([[0, 10]])]])
  const state = { version: 1, files: [], hasOlderFiles: false, positions }
  const states: TableState[] = [
    { ...state, table: 'orders', columns: eventsTable(ordersDefinition).columns },
    { ...state, table: 'dead_letters', columns: deadLettersTable.columns },
  ]
  link.send({ type: 'setup', setup })
  for (const each of states) link.send({ type: 'table', state: each })
  const applied = () => seen.filter(message => message.type === 'applied')
  await expect.poll(() => applied().length, { timeout: 30_000 }).toBe(2)
  link.kill()
  expect(applied().map(message => message.positions.get(0) ?? 0)).toEqual([0, 10])
})
