import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { inTime, onStopSignals } from './stop-signals.ts'

function listening() {
  const source = new EventEmitter()
  const heard: string[] = []
  const time = { ms: 5_000 }
  const handlers = { first: () => heard.push('first'), again: () => heard.push('again') }
  onStopSignals(handlers, { source, clock: { ...systemClock, elapsed: () => time.ms } })
  return { source, heard, time }
}

test('one ^C that comes several times is one', () => {
  const { source, heard, time } = listening()
  for (let n = 0; n < 3; n++) {
    source.emit('SIGINT')
    time.ms += 300
  }
  expect(heard).toEqual(['first'])
})

test('a second signal, of whichever kind, asks again', () => {
  const { source, heard, time } = listening()
  source.emit('SIGTERM')
  time.ms += 1_500
  source.emit('SIGINT')
  expect(heard).toEqual(['first', 'again'])
})

test('what never ends is late, and what ends or fails is not', async () => {
  expect(await inTime(new Promise(() => {}), 20)).toBe(false)
  expect(await inTime(Promise.resolve(), 60_000)).toBe(true)
  await expect(inTime(Promise.reject(new Error('a disk is away')), 60_000)).rejects.toThrow('disk')
})
