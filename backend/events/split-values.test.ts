import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BodyValue, splitElements, splitLines, valueBytesMax } from './split-values.ts'

/** The bytes in pieces of any size. */
async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let n = 0; at < bytes.length; n++) {
    const size = Math.max(1, sizes[n % sizes.length] ?? bytes.length)
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function collect(
  values: AsyncIterable<BodyValue[]>,
): Promise<[number, string | undefined][]> {
  const all: [number, string | undefined][] = []
  for await (const part of values) {
    for (const { line, value } of part) all.push([line, value?.toString()])
  }
  return all
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })

test('lines come out whole with their numbers, however the body is cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).map(text => text.replace(/[\r\n]/g, ''))
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      sizes,
      fc.constantFrom('\n', '\r\n'),
      async (lines, cut, eol) => {
        const body = Buffer.from(lines.join(eol))
        const expected = lines.map((text, n) => [n + 1, text]).filter(([, text]) => text !== '')
        expect(await collect(splitLines(inPieces(body, cut)))).toEqual(expected)
      },
    ),
  )
})

test('elements of an array come out as they are written, however the body is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), sizes, fc.nat(3), async (array, cut, indent) => {
      const body = Buffer.from(JSON.stringify(array, null, indent))
      const values = await collect(splitElements(inPieces(body, cut)))
      expect(values.map(([line]) => line)).toEqual(array.map((_, n) => n + 1))
      expect(values.map(([, text]) => JSON.parse(text ?? ''))).toEqual(
        JSON.parse(JSON.stringify(array)),
      )
    }),
  )
})

test('a number beyond 2^53 keeps its digits', async () => {
  const body = Buffer.from('[{"id":9007199254740993}]')
  expect(await collect(splitElements(inPieces(body, [7])))).toEqual([
    [1, '{"id":9007199254740993}'],
  ])
})

test.each(['', '{}', '[1', '[1,]', '[,1]', '[1] 2', '[1 2,', 'x'])(
  'what is no array is refused: %s',
  async text => {
    const values = collect(splitElements(inPieces(Buffer.from(text), [1])))
    await expect(values).rejects.toMatchObject({ code: 'bad-request' })
  },
)

test('a value that is too long is told and not kept; the next one is whole', async () => {
  const long = Buffer.alloc(valueBytesMax + 1, 'x')
  const body = Buffer.concat([long, Buffer.from('\nshort')])
  expect(await collect(splitLines(inPieces(body, [65_536])))).toEqual([
    [1, undefined],
    [2, 'short'],
  ])
})
