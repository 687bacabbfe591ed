import { expect, test } from 'vitest'
import { commandFor } from './keymap.ts'

const press = (key: string, more = {}) => ({
  key,
  isShift: false,
  isAlt: false,
  isCommand: false,
  ...more,
})

test.each([
  ['Enter', {}, 'edit'],
  ['Enter', { isShift: true }, 'run-and-go-on'],
  ['Enter', { isCommand: true }, 'run'],
  ['A', {}, 'insert-above'],
  ['ArrowDown', {}, 'select-below'],
  ['ArrowDown', { isAlt: true }, 'move-down'],
  ['p', {}, 'pin'],
  ['D', { isShift: true }, 'duplicate'],
  ['c', { isCommand: true }, null],
  ['x', {}, null],
])('%s %o is %s', (key, more, command) => {
  expect(commandFor(press(key, more), null, 0).command).toBe(command)
})

test('two D delete, one does not, nor do two far apart', () => {
  const first = commandFor(press('d'), null, 0)
  expect(first).toEqual({ command: null, pending: { key: 'd', at: 0 } })
  expect(commandFor(press('d'), first.pending, 400).command).toBe('delete')
  expect(commandFor(press('d'), first.pending, 4_000).command).toBeNull()
  expect(commandFor(press('j'), first.pending, 10)).toEqual({
    command: 'select-below',
    pending: null,
  })
})
