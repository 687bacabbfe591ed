import {
  bool,
  type Column,
  columnFromArray,
  type DataType,
  dateDay,
  decimal,
  float64,
  int64,
  list,
  struct,
  type Table,
  tableFromColumns,
  tableToIPC,
  timestamp,
  utf8,
} from '@uwdata/flechette'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ArrowMessageSplitter } from '../api-client/arrow-messages.ts'
import { readMessages, readResult } from './arrow-result.ts'
import { columnFormat } from './column-format.ts'
import { exactText } from './exact-text.ts'
import { csvHeader, csvRows, jsonRows, tabbedText } from './export-text.ts'
import type { Bytes, Result } from './result.ts'
import { sortRows } from './sort-rows.ts'

const extent = { rowsTotal: null, cutBy: null }
const bigInts = { useBigInt: true, useDecimalInt: true, useBigIntTimestamp: true }

/** A result of one column, as the server sends it: with the SQL type in the field's metadata. */
function resultOf(values: unknown[], type: DataType, sqlType: string): Result {
  const column: Column<unknown> = columnFromArray(values, type, bigInts)
  const table: Table = tableFromColumns({ x: column })
  const field = table.schema.fields[0]
  if (field) field.metadata = new Map([['sqlType', sqlType]])
  return readResult(new Uint8Array(tableToIPC(table, { format: 'stream' }) ?? []), extent)
}

function texts(result: Result): string[] {
  const [column] = result.columns
  if (!column) throw new Error('no column')
  return Array.from({ length: result.rows }, (_, row) => exactText(column.at(row), column))
}

function shown(result: Result): string[] {
  const [column] = result.columns
  if (!column) throw new Error('no column')
  const format = columnFormat(column, result)
  return Array.from({ length: result.rows }, (_, row) => format(column.at(row)))
}

describe('numbers are exact from the wire to the text', () => {
  test('integers beyond 2^53', () => {
    const result = resultOf([9007199254740993n, -9223372036854775808n, null], int64(), 'BIGINT')
    expect(texts(result)).toEqual(['9007199254740993', '-9223372036854775808', ''])
    expect(shown(result)[0]).toBe('9,007,199,254,740,993')
  })

  test('every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        expect(texts(resultOf([value], int64(), 'BIGINT'))).toEqual([String(value)])
      }),
    )
  })

  test('decimals of 38 digits', () => {
    const value = 12345678901234567890123456789012345678n
    const result = resultOf([value, -1n, 0n], decimal(38, 9), 'DECIMAL(38,9)')
    expect(texts(result)).toEqual([
      '12345678901234567890123456789.012345678',
      '-0.000000001',
      '0.000000000',
    ])
  })

  test('identifiers stand without thousands separators', () => {
    const column: Column<unknown> = columnFromArray([541312140n], int64(), bigInts)
    const bytes = tableToIPC(tableFromColumns({ user_id: column }), { format: 'stream' })
    const result = readResult(new Uint8Array(bytes ?? []), extent)
    expect(shown(result)).toEqual(['541312140'])
  })

  test('doubles share their digits, and keep them all in the copy', () => {
    const result = resultOf([869.4, 266.78123456, 1e21], float64(), 'DOUBLE')
    expect(shown(result)).toEqual(['869.40', '266.78', '1.0000e+21'])
    expect(texts(result)).toEqual(['869.4', '266.78123456', '1e+21'])
  })
})

describe('dates and times never move', () => {
  const zones = ['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Asia/Kathmandu']
  test.each(zones)('in the zone %s', zone => {
    vi.stubEnv('TZ', zone)
    const day = Date.UTC(2019, 9, 1)
    expect(texts(resultOf([day], dateDay(), 'DATE'))).toEqual(['2019-10-01'])
    expect(texts(resultOf([day, day + 123.456, -0.001], timestamp(2), 'TIMESTAMP'))).toEqual([
      '2019-10-01 00:00:00',
      '2019-10-01 00:00:00.123456',
      '1969-12-31 23:59:59.999999',
    ])
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })
})

test('lists and structs are JSON with exact numbers', () => {
  const type = struct({ id: int64(), prices: list(decimal(18, 2)) })
  const result = resultOf(
    [{ id: 2053013555631882655n, prices: [100n, 5n] }, null],
    type,
    'STRUCT(id BIGINT)',
  )
  expect(texts(result)).toEqual(['{"id": 2053013555631882655, "prices": [1.00, 0.05]}', ''])
})

describe('messages of a live result', () => {
  const messagesOf = (values: (number | null)[]): Bytes[] => {
    const column: Column<unknown> = columnFromArray(values, float64())
    const stream = tableToIPC(tableFromColumns({ x: column }), { format: 'stream' })
    return new ArrowMessageSplitter().push(new Uint8Array(stream ?? [])).map(({ bytes }) => bytes)
  }

  test('are read as the whole stream is', () => {
    const batch = fc.array(fc.option(fc.double()), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(batch), batches => {
        const [schema = new Uint8Array()] = messagesOf([1])
        const messages = [schema, ...batches.flatMap(values => messagesOf(values).slice(1))]
        const [live, whole] = [readMessages(messages, extent), readResult(messages, extent)]
        expect(live.rows).toBe(whole.rows)
        expect(live.columns[0]?.nullCount).toBe(whole.columns[0]?.nullCount)
        if (live.rows > 0) expect(texts(live)).toEqual(texts(whole))
      }),
    )
  })

  test('are decoded once, however often they come again', () => {
    const [schema = new Uint8Array(), first = new Uint8Array()] = messagesOf([1, 2, 3])
    readMessages([schema, first], extent)
    first.fill(0)
    const [, second = new Uint8Array()] = messagesOf([4])
    expect(readMessages([schema, first, second], extent).rows).toBe(4)
  })
})

describe('sorting', () => {
  test('nulls stand last both ways and equal rows keep their order', () => {
    const result = resultOf([3, null, 1, 3], float64(), 'DOUBLE')
    const [column] = result.columns
    if (!column) throw new Error('no column')
    expect([...sortRows(column, 4, 'ascending')]).toEqual([2, 0, 3, 1])
    expect([...sortRows(column, 4, 'descending')]).toEqual([0, 3, 2, 1])
  })

  test('integers beyond 2^53 are told apart', () => {
    const result = resultOf([9007199254740993n, 9007199254740992n], int64(), 'BIGINT')
    const [column] = result.columns
    expect(column && [...sortRows(column, 2, 'ascending')]).toEqual([1, 0])
  })
})

describe('exports', () => {
  test('CSV quotes what needs it and tells null from an empty text', () => {
    const result = resultOf(['a,b', 'say "x"', '', null, 'two\nlines'], utf8(), 'VARCHAR')
    expect(csvHeader(result.columns) + csvRows(result)).toBe(
      'x\n"a,b"\n"say ""x"""\n""\n\n"two\nlines"\n',
    )
  })

  test('JSON writes as strings the numbers that a double would change', () => {
    const integers = resultOf([1n, 9007199254740993n], int64(), 'BIGINT')
    expect(JSON.parse(`[${jsonRows(integers, true)}]`)).toEqual([
      { x: 1 },
      { x: '9007199254740993' },
    ])
    const decimals = resultOf([150n, 12345678901234567890n], decimal(38, 2), 'DECIMAL(38,2)')
    expect(JSON.parse(`[${jsonRows(decimals, true)}]`)).toEqual([
      { x: 1.5 },
      { x: '123456789012345678.90' },
    ])
    const flags = resultOf([true, null], bool(), 'BOOLEAN')
    expect(jsonRows(flags, false)).toBe(',\n{"x":true},\n{"x":null}')
  })

  test('copied cells paste into a spreadsheet', () => {
    const result = resultOf(['a\tb', 'c'], utf8(), 'VARCHAR')
    expect(tabbedText([['a\tb'], ['c']], result.columns)).toBe('"a\tb"\nc')
  })
})
