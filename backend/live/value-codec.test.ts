import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowPacker, unpackRows } from './packed-rows.ts'
import type { Encoding } from './table-mapping.ts'
import { type CodedValue, ValueCodec } from './value-codec.ts'

const whole = { TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64, DATE: 32, TIMESTAMP: 64 }

test.each(Object.entries(whole))(
  'a %s of any size comes back, and sorts as it should',
  (type, bits) => {
    const half = 1n << BigInt(bits - 1)
    const anyOf = (min: bigint) => fc.bigInt({ min, max: half - 1n })
    for (const encoding of ['binary', 'ordered', 'reversed'] as const) {
      const codec = new ValueCodec(type, encoding)
      const value = anyOf(encoding === 'reversed' ? 0n : -half)
      fc.assert(
        fc.property(value, value, (a, b) => {
          const [x, y] = [written(codec, a), written(codec, b)]
          expect(codec.decode(x)).toBe(a)
          const order = a === b ? 0 : a < b ? -1 : 1
          if (encoding === 'ordered') expect(x.compare(y)).toBe(order)
          if (encoding === 'reversed') expect(x.compare(y)).toBe(0 - order)
        }),
      )
      expect(codec.encode(half)).toBeUndefined()
    }
  },
)

test.each(['FLOAT', 'DOUBLE'])('a %s comes back, and sorts when it is ordered', type => {
  const value = type === 'FLOAT' ? fc.float({ noNaN: true }) : fc.double({ noNaN: true })
  const codec = new ValueCodec(type, 'ordered')
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(codec.decode(written(codec, a))).toBe(a)
      expect(
        new ValueCodec(type, 'binary').decode(written(new ValueCodec(type, 'binary'), a)),
      ).toBe(a)
      if (a < b) expect(written(codec, a).compare(written(codec, b))).toBe(-1)
    }),
  )
})

test.each<[string, Encoding, string, CodedValue | undefined]>([
  ['BIGINT', 'binary', '000000000000002a', 42n],
  ['INTEGER', 'binary', 'ffffffff', -1n],
  ['INTEGER', 'binary', 'ffff', undefined],
  ['BOOLEAN', 'binary', 'ff', true],
  ['BOOLEAN', 'binary', '00', false],
  ['VARCHAR', 'text', 'c3a9', 'é'],
  ['VARCHAR', 'text', 'c3', undefined],
  ['INTEGER', 'text', '3432', '42'],
])('%s as %s reads %s as %s', (type, encoding, hex, value) => {
  expect(new ValueCodec(type, encoding).decode(Buffer.from(hex, 'hex'))).toBe(value)
})

test('rows come out of packs as they went in', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map(each => Buffer.from(each))
  const row = fc.record({
    key: bytes,
    timestamp: fc.integer(),
    values: fc.array(fc.option(bytes), { minLength: 3, maxLength: 3 }),
  })
  fc.assert(
    fc.property(fc.array(row), rows => {
      const packer = new RowPacker()
      const packs = rows.flatMap(each => packer.add(each) ?? [])
      expect([...unpackRows(Buffer.concat([...packs, packer.take()]), 3)]).toEqual(rows)
    }),
  )
})

function written(codec: ValueCodec, value: CodedValue): Buffer {
  return codec.encode(value) ?? Buffer.alloc(0)
}
