import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DiffRow, diffLines } from './line-diff.ts'

const short = (row: DiffRow) => {
  const mark = row.left?.side === 'same' ? '=' : '!'
  return `${mark} ${row.left?.text ?? '∅'} | ${row.right?.text ?? '∅'}`
}

test('equal lines stand beside each other, changed ones too', () => {
  expect(diffLines('a\nb\nc\nd', 'a\nB\nc\nx\nd').map(short)).toEqual([
    '= a | a',
    '! b | B',
    '= c | c',
    '! ∅ | x',
    '= d | d',
  ])
})

test('both texts can be read off their sides, whatever they are', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
    .map(lines => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (left, right) => {
      const rows = diffLines(left, right)
      const side = (pick: (row: DiffRow) => DiffRow['left']) =>
        rows.flatMap(row => pick(row)?.text ?? []).join('\n')
      expect(side(row => row.left)).toBe(left)
      expect(side(row => row.right)).toBe(right)
      for (const row of rows) {
        if (row.left?.side === 'same') expect(row.right?.text).toBe(row.left.text)
      }
    }),
  )
})
