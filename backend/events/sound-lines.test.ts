import fc from 'fast-check'
import { expect, test } from 'vitest'
import { soundLines } from './sound-lines.ts'

const text = fc.dictionary(fc.string(), fc.jsonValue()).map(value => JSON.stringify(value))

function soundOf(...lines: readonly string[]): string[] {
  return soundLines(Buffer.from(`${lines.join('\n')}\n`))
    .toString()
    .slice(0, -1)
    .split('\n')
}

test('an object that ends where its line does stays as it is, whatever is in it', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), lines => {
      expect(soundOf(...lines)).toEqual(lines)
    }),
  )
})

test('one that is cut off anywhere, or has something behind it, is none, and its neighbours stay', () => {
  fc.assert(
    fc.property(text, text, fc.nat(), (object, other, place) => {
      const cut = object.slice(0, place % object.length)
      expect(soundOf(other, cut, other)).toEqual([other, '{}', other])
      expect(soundOf(other, object + other, other)).toEqual([other, '{}', other])
    }),
  )
})

test.each(['', '  ', '[1]', '5', 'null', '"{}"', 'x{}', '{}x', '{"a":"}', '{"a":"\\"}', '[{}]'])(
  '%j is none',
  line => {
    expect(soundOf('{"a":1}', line)).toEqual(['{"a":1}', '{}'])
  },
)

test.each([' {"a":1} ', '\t{}\r', '{"a":"\\\\"}', '{"a":"}{"}', '{"a":1,}', '{"a":tru}'])(
  '%j is one, or is refused for what is in it',
  line => {
    expect(soundOf(line, '{"a":1}')).toEqual([line, '{"a":1}'])
  },
)
