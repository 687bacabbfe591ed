import { tableFromArrays, tableFromIPC, tableToIPC } from '@uwdata/flechette'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrowMessageSplitter } from './arrow-messages.ts'

const stream = tableToIPC(
  tableFromArrays({ n: [1, 2, 3], text: ['a', null, 'c'] }, { maxBatchRows: 2 }),
  { format: 'stream' },
)

function split(pieces: Uint8Array[]) {
  const splitter = new ArrowMessageSplitter()
  return pieces.flatMap(piece => splitter.push(piece))
}

test('a stream falls into its schema, dictionaries and batches', () => {
  const kinds = split([stream ?? new Uint8Array()]).map(message => message.kind)
  expect(kinds[0]).toBe('schema')
  expect(kinds.filter(kind => kind === 'batch').length).toBeGreaterThan(0)
})

test('however the bytes are cut, the same messages come out', () => {
  if (!stream) throw new Error('no bytes')
  const whole = split([stream]).map(message => message.bytes)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 8 }), cuts => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length]
      const pieces = edges.slice(1).map((end, i) => stream.slice(edges[i], end))
      const messages = split(pieces).map(message => message.bytes)
      expect(messages).toEqual(whole)
      expect(tableFromIPC(messages).numRows).toBe(3)
    }),
  )
})

test('bytes of something else are refused', () => {
  expect(() => split([new TextEncoder().encode('{"code": "internal"}')])).toThrow(/not an Arrow/)
})
