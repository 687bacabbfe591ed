import { expect, test } from 'vitest'
import { kindOf } from '../result/column-kind.ts'
import type { ResultColumn } from '../result/result.ts'
import {
  aggregateIn,
  columnIn,
  isSimple,
  markOf,
  withAggregate,
  withColumn,
  withMark,
} from './edit-chart.ts'

function column(name: string, sqlType: string): ResultColumn {
  const kind = kindOf(sqlType)
  return {
    index: 0,
    name,
    sqlType,
    kind,
    scale: 0,
    unitsPerSecond: 1,
    nullCount: 0,
    at: () => null,
  }
}

const spec = {
  mark: { type: 'line', interpolate: 'monotone' },
  encoding: { x: { field: 'minute', type: 'temporal', title: null }, y: { field: 'n' } },
}

test('another mark keeps how the mark is drawn', () => {
  expect(withMark(spec, 'area').mark).toEqual({ type: 'area', interpolate: 'monotone' })
  expect(markOf(withMark({ mark: 'bar' }, 'point'))).toBe('point')
})

test('a column comes onto a channel with its type, and keeps the title that was given', () => {
  const changed = withColumn(spec, 'x', column('a.b', 'VARCHAR'))
  expect(changed.encoding).toMatchObject({ x: { field: 'a\\.b', type: 'nominal', title: null } })
  expect(columnIn(changed, 'x')).toBe('a.b')
  expect(columnIn(withColumn(spec, 'y', null), 'y')).toBeNull()
})

test('an aggregate is put on and taken off again', () => {
  const summed = withAggregate(spec, 'y', 'sum')
  expect(aggregateIn(summed, 'y')).toBe('sum')
  expect(aggregateIn(withAggregate(summed, 'y', 'none'), 'y')).toBe('none')
})

test('a chart of several parts is not for clicking', () => {
  expect([isSimple(spec), isSimple({ layer: [] })]).toEqual([true, false])
})
