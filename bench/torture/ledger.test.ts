import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'
import { Wrong } from './wrong.ts'

const rows = { kind: 'rows', count: 10 } as const

test('an offset that is given out twice is a loss, and is told', () => {
  const ledger = new Ledger()
  const range = { partition: 0, firstOffset: 5, lastOffset: 14 }
  ledger.acknowledge(ledger.begin('rows', 10), rows, [range])
  const second = ledger.begin('rows', 10)
  const overlapping = [{ partition: 0, firstOffset: 14, lastOffset: 23 }]
  expect(() => ledger.acknowledge(second, rows, overlapping)).toThrow(Wrong)
  expect(() => ledger.acknowledge(second, rows, [])).toThrow(Wrong)
  ledger.acknowledge(second, rows, [{ ...range, partition: 1 }])
  expect(ledger.acknowledged()).toEqual({ 0: 14, 1: 14 })
})

test('all is known once every append that had begun is acknowledged', async () => {
  const ledger = new Ledger()
  const first = ledger.begin('rows', 10)
  let isKnown = false
  const known = ledger.known().then(() => {
    isKnown = true
  })
  const second = ledger.begin('rows', 10)
  ledger.acknowledge(second, rows, [{ partition: 0, firstOffset: 10, lastOffset: 19 }])
  await Promise.resolve()
  expect(isKnown).toBe(false)
  ledger.acknowledge(first, rows, [{ partition: 0, firstOffset: 0, lastOffset: 9 }])
  await known
  expect([...ledger.ids(new Map([[0, 12]]), 'rows')]).toEqual([
    [0, 10],
    [10, 12],
  ])
})
