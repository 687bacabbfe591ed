import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { deadLettersTable } from '../ingest/stream-tables.ts'
import { Checkpoints, ParquetActionFiles } from '../lake/checkpoint.ts'
import { DeltaTable } from '../lake/delta-table.ts'
import { openEmbeddedEngine, rowsOf } from '../testing/embedded-engine.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const statement = `SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM dead_letters) FROM orders`

/** However slow the machine is. */
const readsMin = 20

/*
 * The promise of `events`: at every instant of a running ingest, with commits, compactions and vacuums under way, a
 * statement counts each acknowledged event once: as a row or as a dead letter.
 */
test('at every instant the count is that of the acknowledged events', async () => {
  const opened = await openEmbeddedEngine(await temporaryFolder(), {
    commitEveryMs: 25,
    commitRowsMax: 400,
    batchBytesMax: 40_000,
  })
  let appended = 0
  let acknowledged = 0
  let isProducing = true
  let reads = 0
  const produce = async (): Promise<void> => {
    const sizes = fc.sample(fc.integer({ min: 1, max: 120 }), { numRuns: 250, seed: 7 })
    for (let n = 0; n < sizes.length || reads <= readsMin; n++) {
      const size = sizes[n % sizes.length] ?? 0
      const ids = Array.from({ length: size }, (_, n) => appended + n)
      appended += size
      await opened.produce(ids.map(id => (id % 13 === 0 ? `bad ${id}` : orderOf(id))))
      acknowledged += size
      await new Promise(resolve => setTimeout(resolve, size % 30))
    }
    isProducing = false
  }
  const versions = new Set<number>()
  const read = async (isWaiting: boolean): Promise<number> => {
    const before = isWaiting ? acknowledged : 0
    const after = isWaiting ? await opened.endOffsets() : undefined
    const result = await opened.run(statement, { after })
    const [[rows = 0, distinct = 0, dead = 0] = []] = (await rowsOf(result)) as number[][]
    const [state] = result.streams
    const seen = state?.partitions.reduce((sum, { nextOffset }) => sum + nextOffset, 0)
    expect({ rows, total: rows + dead }).toEqual({ rows: distinct, total: seen })
    expect(rows + dead).toBeGreaterThanOrEqual(before)
    expect(rows + dead).toBeLessThanOrEqual(appended)
    versions.add(state?.version ?? -1)
    return rows + dead
  }
  const producing = produce()
  while (isProducing) {
    await Promise.all([read(reads % 8 === 0), read(false)])
    reads += 2
  }
  await producing
  expect(await read(true)).toBe(appended)
  expect(versions.size).toBeGreaterThan(3)
  expect(reads).toBeGreaterThan(readsMin)
  expect(opened.tables.events.snapshot.files.size).toBeLessThan(versions.size * 3)
  await opened.close()
}, 60_000)

/** Another process commits dead letters and rows; the tables here know only of the rows yet. */
test('rows that another process has committed come into sight with their dead letters', async () => {
  const folder = await temporaryFolder()
  const opened = await openEmbeddedEngine(folder)
  await opened.ingester.stop()
  const { tables, lake, connection } = opened
  const checkpoints = new Checkpoints(lake, new ParquetActionFiles(connection))
  const parts = { lake, clock: systemClock, checkpoints }
  const before = await DeltaTable.open(deadLettersTable, parts)
  const elsewhere = opened.startIngest()
  await opened.produce(['bad', 'worse', orderOf(1), orderOf(2)])
  await expect.poll(() => tables.events.snapshot.files.size).toBeGreaterThan(0)
  await elsewhere.stop()
  Object.assign(tables, { deadLetters: before })
  opened.engine.committed('orders')
  const after = await opened.endOffsets()
  expect(await rowsOf(await opened.run(statement, { after }))).toEqual([[2, 2, 2]])
  await opened.close()
})

function orderOf(id: number): string {
  return JSON.stringify({ at: `2019-10-0${1 + (id % 3)} 12:00:00`, id })
}
