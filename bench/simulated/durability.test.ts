import { describe, expect, test } from 'vitest'
import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import { LocalLake } from '../../backend/lake/local-lake.ts'
import type { Fault } from './fault-plan.ts'
import { Random } from './random.ts'
import { SimulatedDatabase, simulatedDatabase } from './simulated-database.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { simulatedFiles } from './simulated-files.ts'
import { Faults, SimulatedProcess } from './simulated-process.ts'
import { Turns } from './turns.ts'

/*
 * Goal: what a store has acknowledged is there when the power comes back. Method: on a disk that loses or tears, as each
 * of many seeds has it, all that was not synced.
 */

const seeds = Array.from({ length: 40 }, (_, seed) => seed)

function processWith(faults: readonly Fault[] = []): SimulatedProcess {
  const random = new Random(1)
  const turns = new Turns(random)
  const surroundings = {
    turns,
    random,
    faults: new Faults(faults),
    clockOffsetMs: 0,
    losePower() {},
  }
  return new SimulatedProcess('process', surroundings)
}

/** A disk that has been there for long: the lake's folder is new. */
function newDisk(): SimulatedDisk {
  const disk = new SimulatedDisk(() => 0)
  disk.makeFolder('/disk')
  disk.sync('/')
  return disk
}

function openLake(disk: SimulatedDisk, process = processWith()): Promise<LocalLake> {
  return LocalLake.open('/disk/lake', simulatedFiles(disk, process))
}

async function putFile(disk: SimulatedDisk, lake: LocalLake): Promise<void> {
  const built = `${lake.stagingFolder}/built`
  disk.create(built)
  disk.write(built, Buffer.from('content'))
  await lake.putFile(built, 't/date/file')
}

describe('after a loss of power', () => {
  test('a file that was put is whole', async () => {
    for (const seed of seeds) {
      const disk = newDisk()
      await putFile(disk, await openLake(disk))
      disk.losePower(new Random(seed))
      expect(disk.read('/disk/lake/t/date/file').toString()).toBe('content')
    }
  })

  test('a commit that was put is whole', async () => {
    for (const seed of seeds) {
      const disk = newDisk()
      expect(await (await openLake(disk)).putIfAbsent('t/log/1.json', 'content')).toBe(true)
      disk.losePower(new Random(seed))
      expect(disk.read('/disk/lake/t/log/1.json').toString()).toBe('content')
    }
  })

  test('what was replaced is the new content', async () => {
    for (const seed of seeds) {
      const disk = newDisk()
      const lake = await openLake(disk)
      await lake.putIfAbsent('t/last', 'one')
      await lake.replace('t/last', 'two')
      disk.losePower(new Random(seed))
      expect(disk.read('/disk/lake/t/last').toString()).toBe('two')
    }
  })

  test('what a killed process left and the next one has seen stays', async () => {
    for (const seed of seeds) {
      for (let operation = 1; operation < 20; operation++) {
        const disk = newDisk()
        const killed = processWith([{ operation, kind: 'kill' }])
        const putting = openLake(disk, killed).then(lake => lake.putIfAbsent('t/log/1.json', 'x'))
        await Promise.race([putting, killed.whenDead])
        const seen = await (await openLake(disk)).readText('t/log/1.json')
        disk.losePower(new Random(seed))
        if (seen !== undefined) expect(disk.read('/disk/lake/t/log/1.json').toString()).toBe(seen)
      }
    }
  })

  test('what a failed write left, and a later one was built on, stays', async () => {
    for (const seed of seeds) {
      for (let operation = 1; operation < 30; operation++) {
        const disk = newDisk()
        const lake = await openLake(disk, processWith([{ operation, kind: 'fail-before' }])).catch(
          () => openLake(disk),
        )
        await lake.putIfAbsent('t/log/1.json', 'x').catch(() => {})
        const seen = await lake.readText('t/log/1.json').catch(() => undefined)
        const isBuiltOn = await lake.putIfAbsent('other/log/1.json', 'y').catch(() => false)
        disk.losePower(new Random(seed))
        if (seen === undefined || !isBuiltOn) continue
        expect(disk.read('/disk/lake/t/log/1.json').toString()).toBe(seen)
      }
    }
  })

  test('events that were acknowledged are in the log', async () => {
    for (const seed of seeds) {
      const database = new SimulatedDatabase()
      const open = (process = processWith()) =>
        EmbeddedEventLog.over(simulatedDatabase(database, process, 'log'), process.clock)
      const settings = { partitionCount: 1, retention: { ageMsMax: Infinity, bytesMax: Infinity } }
      await open().ensureTopic('t', settings)
      const log = open()
      for (let n = 0; n < 3; n++) await log.append('t', [{ key: 'k', value: Buffer.from('{}') }])
      database.losePower(new Random(seed))
      expect((await open().describeTopic('t')).partitions[0]?.endOffset).toBe(3)
    }
  })
})

/** The operations of a log at which a reply is lost, and at which the database is away after that, if it is. */
const lostReplies = Array.from({ length: 15 }, (_, n) => n + 1).flatMap(lost =>
  [0, 1, 2, 3, 4].map(after => [lost, after] as const),
)

test.each(lostReplies)(
  'an append whose reply was lost on its way from the disk is not written over: %i, away after %i',
  async (lost, after) => {
    const database = new SimulatedDatabase()
    const process = processWith([
      { operation: lost, kind: 'fail-after' },
      ...(after === 0 ? [] : [{ operation: lost + after, kind: 'fail-before' } as const]),
    ])
    const open = (process: SimulatedProcess) =>
      EmbeddedEventLog.over(simulatedDatabase(database, process, 'log'), process.clock)
    const log = open(process)
    const settings = { partitionCount: 1, retention: { ageMsMax: Infinity, bytesMax: Infinity } }
    /** Again until it is acknowledged, as producers do. */
    const append = async (n: number, attemptsLeft = 4): Promise<void> => {
      try {
        await log.ensureTopic('t', settings)
        const producer = { id: `producer ${n}`, sequence: 1 }
        await log.append('t', [{ key: 'k', value: Buffer.from(`{"n":${n}}`) }], { producer })
      } catch (error) {
        if (attemptsLeft === 0) throw error
        await append(n, attemptsLeft - 1)
      }
    }
    for (const n of [0, 1, 2]) await append(n)
    const options = { bytesMax: 1e6, waitMsMax: 0 }
    const { batches } = await open(processWith()).read('t', new Map([[0, 0]]), options)
    const found = batches.flatMap(batch => batch.lines.toString().trim().split('\n'))
    expect(found).toEqual(['{"n":0}', '{"n":1}', '{"n":2}'])
  },
)
