import { expect, onTestFinished, test } from 'vitest'
import { LevelDatabase } from '../base/level-database.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { decodeCellKey, rowsRange } from './cell-key.ts'
import { EmbeddedLiveStore } from './embedded-live-store.ts'

const minuteMs = 60_000

class SweptStore {
  now = 1_000_000
  readonly #database: LevelDatabase
  #store: EmbeddedLiveStore | undefined

  static async open(): Promise<SweptStore> {
    const opened = new SweptStore(await LevelDatabase.open(await temporaryFolder()))
    await opened.#start()
    onTestFinished(async () => opened.store.close())
    return opened
  }

  private constructor(database: LevelDatabase) {
    this.#database = database
  }

  async #start(): Promise<void> {
    const clock = { now: () => this.now, elapsed: () => this.now, sleep: async () => {} }
    this.#store = await EmbeddedLiveStore.over(this.#database, clock)
  }

  get store(): EmbeddedLiveStore {
    if (this.#store === undefined) throw new Error('the store is open')
    return this.#store
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
    for await (const key of this.#database.keys(rowsRange('t', undefined, undefined))) {
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
  swept.now += minuteMs
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
  swept.now += minuteMs
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
  swept.now += minuteMs
  await swept.put(4_500, 900_000)
  const old = (await swept.stored()).filter(timestamp => timestamp !== swept.now)
  expect(old).toHaveLength(0)
})

test('a table whose cells do not expire is swept once a fifth of it has changed', async () => {
  const swept = await SweptStore.open()
  await swept.store.ensureTable('t', { a: { versionsMax: 1 } })
  await swept.put(1_000)
  swept.now += minuteMs
  await swept.put(1)
  expect(await swept.stored()).toHaveLength(1_000)
  for (const expected of [1_100, 1_000]) {
    swept.now += minuteMs
    await swept.put(expected === 1_100 ? 100 : 120)
    expect(await swept.stored()).toHaveLength(expected)
  }
})

test('deleted rows are gone at once, and their marks after an hour', async () => {
  const swept = await SweptStore.open()
  await swept.store.ensureTable('t', { a: { versionsMax: 1 } })
  await swept.put(10)
  await swept.store.deleteRows('t', [Buffer.from('000003')])
  swept.now += minuteMs
  await swept.put(1, 900_000)
  expect(await swept.stored()).toHaveLength(11)
  swept.now += 61 * minuteMs
  await swept.put(3, 900_001)
  expect(await swept.stored()).toHaveLength(13)
})
