import { expect, test } from 'vitest'
import { copiedText } from './copied-text.ts'
import { madeResult } from './made-result.ts'

const result = madeResult({ a: ['BIGINT', [1n, 2n, 3n]], b: ['VARCHAR', ['x', 'y', null]] })
const all = { top: 0, bottom: 2, left: 0, right: 1 }

test('a range is copied in the order of its rows', () => {
  const order = Uint32Array.from([2, 0, 1])
  expect(copiedText(all, { result, order })).toEqual({
    text: 'a\tb\n3\t\n1\tx\n2\ty',
    note: null,
  })
  const one = { top: 1, bottom: 1, left: 1, right: 1 }
  expect(copiedText(one, { result, order: null })?.text).toBe('y')
})

test('a range that is too large is copied in part, and says so', () => {
  const copied = copiedText(all, { result, order: null }, 4)
  expect(copied?.text).toBe('a\tb\n1\tx\n2\ty')
  expect(copied?.note).toBe('Copied the first 2 of 3 rows: Export takes them all.')
})
