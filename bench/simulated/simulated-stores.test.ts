import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../backend/base/clock.ts'
import { makeFolder, replaceFile } from '../../backend/base/durable-file.ts'
import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import { eventLogContract } from '../../backend/events/event-log.contract.ts'
import { lakeContract } from '../../backend/lake/lake.contract.ts'
import { LocalLake } from '../../backend/lake/local-lake.ts'
import { EmbeddedLiveStore } from '../../backend/live/embedded-live-store.ts'
import { liveStoreContract } from '../../backend/live/live-store.contract.ts'
import { makeTemporaryFolder } from '../../backend/testing/temporary-folder.ts'
import type { Fault } from './fault-plan.ts'
import { Random } from './random.ts'
import { SimulatedDatabase, simulatedDatabase } from './simulated-database.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { simulatedFiles } from './simulated-files.ts'
import { Faults, SimulatedProcess } from './simulated-process.ts'
import { Turns } from './turns.ts'

function processWith(faults: readonly Fault[], losePower = (): void => {}): SimulatedProcess {
  const random = new Random(1)
  const turns = new Turns(random)
  const surroundings = { turns, random, faults: new Faults(faults), clockOffsetMs: 0, losePower }
  return new SimulatedProcess('process', surroundings)
}

let database: SimulatedDatabase
const openDatabase = () => simulatedDatabase(database, processWith([]), 'database')

eventLogContract('EmbeddedEventLog on a simulated database', {
  async open() {
    database = new SimulatedDatabase()
    return EmbeddedEventLog.over(openDatabase(), systemClock)
  },
  async reopen(log) {
    await log.close()
    database.losePower(new Random(1))
    return EmbeddedEventLog.over(openDatabase(), systemClock)
  },
  dispose: log => log.close(),
})

liveStoreContract('EmbeddedLiveStore on a simulated database', {
  async open() {
    database = new SimulatedDatabase()
    return EmbeddedLiveStore.over(openDatabase(), systemClock)
  },
  async reopen(store) {
    await store.close()
    return EmbeddedLiveStore.over(openDatabase(), systemClock)
  },
  dispose: store => store.close(),
})

lakeContract('LocalLake on a simulated disk', {
  async open() {
    const disk = new SimulatedDisk(Date.now)
    const folder = await makeTemporaryFolder()
    const lake = await LocalLake.open(folder, simulatedFiles(disk, processWith([])))
    await makeFolder(lake.stagingFolder)
    const putFile = lake.putFile.bind(lake)
    lake.putFile = async (localFile, path) => {
      disk.makeFolder(dirname(localFile))
      disk.remove(localFile)
      disk.create(localFile)
      disk.write(localFile, await readFile(localFile))
      await putFile(localFile, path)
    }
    return lake
  },
  dispose: lake => lake.close(),
})

test('a disk keeps what was synced, and may lose or tear all else', async () => {
  const found = new Set<string>()
  for (let seed = 0; seed < 50; seed++) {
    const disk = new SimulatedDisk(() => 0)
    const files = simulatedFiles(disk, processWith([]))
    await makeFolder('/a', files)
    await replaceFile('/a/kept', 'whole', { files })
    disk.create('/a/new')
    disk.write('/a/new', Buffer.from('text'))
    disk.losePower(new Random(seed))
    expect(disk.read('/a/kept').toString()).toBe('whole')
    const isThere = disk.list('/a').some(({ name }) => name === 'new')
    found.add(isThere ? disk.read('/a/new').toString() : 'gone')
  }
  expect([...found].sort()).toEqual(['', 'gone', 't', 'te', 'tex', 'text'])
})

test('a short read does not shorten what a lake answers', async () => {
  for (let operation = 1; operation < 40; operation++) {
    const disk = new SimulatedDisk(() => 0)
    const files = simulatedFiles(disk, processWith([{ operation, kind: 'short-read' }]))
    const read = async (): Promise<string> => {
      const lake = await LocalLake.open('/lake', files)
      await lake.putIfAbsent('t/one', 'a text of some length')
      return (await lake.readRange('t/one', 2, 15)).toString()
    }
    expect(await read().catch(() => 'text of some ')).toBe('text of some ')
  }
})
