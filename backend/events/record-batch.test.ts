import { expect, test } from 'vitest'
import { offsetAt, type RecordBatch, RecordBatchBuilder, takeBatches } from './record-batch.ts'

function batchOf(firstOffset: number, count: number): RecordBatch {
  const builder = new RecordBatchBuilder(0, firstOffset)
  for (let n = 0; n < count; n++) {
    builder.add({ offset: firstOffset + n, timestamp: 1, value: Buffer.from('{}') })
  }
  return builder.build()
}

function offsetsOf(batches: readonly RecordBatch[] | undefined): number[] | undefined {
  return batches?.flatMap(batch =>
    Array.from({ length: batch.count }, (_, n) => offsetAt(batch, n)),
  )
}

test('of batches that overlap each offset is taken once, and the positions stand behind them', () => {
  const positions = new Map([[0, 3]])
  const taken = takeBatches([batchOf(0, 3), batchOf(1, 5), batchOf(2, 2), batchOf(6, 2)], positions)
  expect(taken).toHaveLength(2)
  expect(offsetsOf(taken)).toEqual([3, 4, 5, 6, 7])
  expect(positions.get(0)).toBe(8)
})

test('a batch that leaves a gap, or is of a partition that is not taken, is refused', () => {
  expect(takeBatches([batchOf(4, 1)], new Map([[0, 3]]))).toBeUndefined()
  expect(takeBatches([batchOf(0, 1)], new Map([[1, 0]]))).toBeUndefined()
})
