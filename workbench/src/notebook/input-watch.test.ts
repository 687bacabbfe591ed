import { beforeEach, expect, test } from 'vitest'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { Store } from '../base/store.ts'
import { type CellRun, idleRun } from '../cell/run-state.ts'
import type { Result } from '../result/result.ts'
import { InputWatch, type Refreshed } from './input-watch.ts'

let clock: ManualClock
let run: Store<CellRun>
let refreshes: ((refreshed?: Refreshed) => void)[]
let watch: InputWatch

function resultOf(...source: Result['source']): Result {
  return { columns: [], rows: 0, rowsTotal: 0, cutBy: null, source }
}

function answer(result: Result): void {
  run.set({ ...idleRun, phase: { is: 'done' }, shown: { result } as CellRun['shown'] })
}

beforeEach(() => {
  clock = new ManualClock()
  run = new Store(idleRun)
  refreshes = []
  const refresh = () =>
    new Promise<Refreshed>(resolve => refreshes.push((refreshed = 'done') => resolve(refreshed)))
  watch = new InputWatch(clock, refresh)
})

test('another result of an input runs the cell again, once', async () => {
  const result = resultOf()
  answer(result)
  watch.watch([{ run, result }])
  answer({ ...result, rowsTotal: 7 })
  await clock.advance(1_000)
  expect(refreshes).toHaveLength(0)
  answer(resultOf())
  answer(resultOf())
  await clock.advance(1_000)
  expect(refreshes).toHaveLength(1)
})

test('what changes while the cell runs again is not lost', async () => {
  const result = resultOf()
  answer(resultOf())
  watch.watch([{ run, result }])
  await clock.advance(1_000)
  expect(refreshes).toHaveLength(1)
  const second = resultOf()
  watch.watch([{ run, result: second }])
  answer(resultOf())
  await clock.advance(1_000)
  refreshes[0]?.()
  await settle()
  await clock.advance(1_000)
  expect(refreshes).toHaveLength(2)
})

test('a refresh that comes to nothing is not tried over and over', async () => {
  const result = resultOf()
  answer(resultOf())
  watch.watch([{ run, result }])
  await clock.advance(1_000)
  refreshes[0]?.()
  await settle()
  await clock.advance(5_000)
  expect(refreshes).toHaveLength(1)
})

test('nothing is run again after the end', async () => {
  const result = resultOf()
  watch.watch([{ run, result }])
  answer(resultOf())
  watch.end()
  answer(resultOf())
  await clock.advance(1_000)
  expect(refreshes).toHaveLength(0)
})

test('what changes while the cell runs for another reason is read after that', async () => {
  const result = resultOf()
  answer(resultOf())
  watch.watch([{ run, result }])
  await clock.advance(300)
  refreshes[0]?.('busy')
  await settle()
  await clock.advance(300)
  refreshes[1]?.('done')
  await settle()
  await clock.advance(5_000)
  expect(refreshes).toHaveLength(2)
})

test('what changes while nobody looks is read when somebody does, also after a pause', async () => {
  const result = resultOf()
  watch.watch([{ run, result }])
  answer(resultOf())
  await clock.advance(300)
  refreshes[0]?.('later')
  await settle()
  await clock.advance(5_000)
  expect(refreshes).toHaveLength(1)
  watch.check()
  await clock.advance(300)
  refreshes[1]?.('done')
  await settle()
  watch.pause()
  answer(resultOf())
  await clock.advance(5_000)
  expect(refreshes).toHaveLength(2)
  watch.resume()
  await clock.advance(300)
  expect(refreshes).toHaveLength(3)
})
