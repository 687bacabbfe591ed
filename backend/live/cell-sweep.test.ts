import { expect, onTestFinished, test, vi } from 'vitest'
import { LevelDatabase } from '../base/level-database.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { decodeCellKey, rowsRange } from './cell-key.ts'
import { EmbeddedLiveStore } from './embedded-live-store.ts'

const minuteMs = 60_000

/** A store whose clock is set by hand. */
class SweptStore {
  readonly store: EmbeddedLiveStore
  readonly database: LevelDatabase
  readonly #time: { now: number }

  static async open(): Promise<SweptStore> {
    const time = { now: 1_000_000 }
    const clock = { now: () => time.now, elapsed: () => time.now, sleep: async () => {} }
    const database = await LevelDatabase.open(await temporaryFolder())
    const store = await EmbeddedLiveStore.over(database, clock)
    onTestFinished(() => store.close())
    return new SweptStore(store, database, time)
  }

  private constructor(store: EmbeddedLiveStore, database: LevelDatabase, time: { now: number }) {
    this.store = store
    this.database = database
    this.#time = time
  }

  get now(): number {
    return this.#time.now
  }

  pass(ms: number): void {
    this.#time.now += ms
  }

  /** Puts a cell into each of so many rows. */
  async put(count: number, first = 0, timestamp = this.now): Promise<void> {
    const rows = Array.from({ length: count }, (_, n) => ({
      key: Buffer.from(String(first + n).padStart(6, '0')),
      cells: [{ column: 'a:x', timestamp, value: Buffer.from('v') }],
    }))
    await this.store.put('t', rows)
  }

  /** Timestamps of the cells that take room, seen or not. */
  async stored(): Promise<number[]> {
    const timestamps: number[] = []
    for await (const key of this.database.keys(rowsRange('t', undefined, undefined))) {
      timestamps.push(decodeCellKey(key).timestamp)
    }
    return timestamps
  }
}

test('a put frees some of what has expired, and no put waits for all of it', async () => {
  const swept = await SweptStore.open()
  const begun = swept.now
  await swept.store.ensureTable('t', { a: { versionsMax: 1, ttlMsMax: 1000 } })
  await swept.put(5_000)
  swept.pass(minuteMs)
  const left: number[] = []
  for (let n = 0; n < 4; n++) {
    await swept.put(1, 900_000 + n)
    left.push((await swept.stored()).filter(timestamp => timestamp === begun).length)
  }
  expect(left).toEqual([3_000, 1_000, 0, 0])
})

test('a put goes on behind the cells that the one before has left', async () => {
  const swept = await SweptStore.open()
  const begun = swept.now
  await swept.store.ensureTable('t', { a: { versionsMax: 1, ttlMsMax: 1000 } })
  await swept.put(3_000, 0, begun + 2 * minuteMs)
  await swept.put(100, 800_000)
  swept.pass(minuteMs)
  const left: number[] = []
  for (let n = 0; n < 2; n++) {
    await swept.put(1, 900_000 + n)
    left.push((await swept.stored()).filter(timestamp => timestamp === begun).length)
  }
  expect(left).toEqual([100, 0])
})

test('a put of many cells sweeps more than it puts', async () => {
  const swept = await SweptStore.open()
  await swept.store.ensureTable('t', { a: { versionsMax: 1, ttlMsMax: 1000 } })
  await swept.put(9_000)
  swept.pass(minuteMs)
  await swept.put(4_500, 900_000)
  const old = (await swept.stored()).filter(timestamp => timestamp !== swept.now)
  expect(old).toHaveLength(0)
})

test('a table whose cells do not expire is swept once a fifth of it has changed', async () => {
  const swept = await SweptStore.open()
  await swept.store.ensureTable('t', { a: { versionsMax: 1 } })
  await swept.put(1_000)
  swept.pass(minuteMs)
  await swept.put(1)
  expect(await swept.stored()).toHaveLength(1_000)
  swept.pass(minuteMs)
  await swept.put(100)
  expect(await swept.stored()).toHaveLength(1_100)
  swept.pass(minuteMs)
  await swept.put(120)
  expect(await swept.stored()).toHaveLength(1_000)
})

test('deleted rows are gone at once, and their marks after an hour', async () => {
  const swept = await SweptStore.open()
  await swept.store.ensureTable('t', { a: { versionsMax: 1 } })
  await swept.put(10)
  await swept.store.deleteRows('t', [Buffer.from('000003')])
  swept.pass(minuteMs)
  await swept.put(1, 900_000)
  expect(await swept.stored()).toHaveLength(11)
  swept.pass(61 * minuteMs)
  await swept.put(3, 900_001)
  expect(await swept.stored()).toHaveLength(13)
})

test('a mark goes with all that it hides, in one write', async () => {
  const swept = await SweptStore.open()
  await swept.store.ensureTable('t', { a: { versionsMax: 1 } })
  const key = Buffer.from('000003')
  await swept.store.deleteRows('t', [key])
  const late = Array.from({ length: 1_500 }, (_, n) => ({
    column: `a:${n}`,
    timestamp: swept.now - 1,
    value: Buffer.from('v'),
  }))
  await swept.store.put('t', [{ key, cells: late }])
  swept.pass(61 * minuteMs)
  const writes = vi.spyOn(swept.database, 'write')
  await swept.put(1, 900_000)
  const sizes = writes.mock.calls.map(([operations]) => operations.length)
  expect(sizes).toEqual([1, 1_501])
  expect(await swept.stored()).toHaveLength(1)
})
