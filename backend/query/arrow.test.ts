import { createHash } from 'node:crypto'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { ArrowEncoder } from './arrow-encoder.ts'
import { decimalText, jsonOf } from './arrow-json.ts'

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create()).connect()
  await connection.run("LOAD icu; SET TimeZone = 'UTC'")
})

async function* messagesOf(
  sql: string,
  rowsMax = Infinity,
  batchRowsMax?: number,
): AsyncGenerator<Buffer> {
  const result = await connection.stream(sql)
  const encoder = new ArrowEncoder(result.columnNames(), result.columnTypes(), batchRowsMax)
  yield encoder.schema()
  let left = rowsMax
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    yield* encoder.batches(chunk, left)
    left -= Math.min(left, chunk.rowCount)
  }
  yield encoder.end()
}

async function jsonText(sql: string, rowsMax?: number, batchRowsMax?: number): Promise<string> {
  let text = ''
  for await (const part of jsonOf(messagesOf(sql, rowsMax, batchRowsMax))) text += part
  return text
}

async function rowsOf(sql: string): Promise<unknown[][]> {
  return JSON.parse(await jsonText(sql)).rows
}

describe('a result as Arrow and JSON', () => {
  test.each([
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['9007199254740991::BIGINT', 9007199254740991],
    ['(-9223372036854775808)::BIGINT', '-9223372036854775808'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['-5::HUGEINT', -5],
    ['(-7)::TINYINT', -7],
    ['200::UTINYINT', 200],
    ['1.5::DECIMAL(4,2)', 1.5],
    ['-99.99::DECIMAL(4,2)', -99.99],
    ['-9007199254.74::DECIMAL(18,2)', -9007199254.74],
    ['-123456.78::DECIMAL(9,2)', -123456.78],
    ['59442.63::DECIMAL(18,2)', 59442.63],
    [
      "'12345678901234567890123456789.123456789'::DECIMAL(38,9)",
      '12345678901234567890123456789.123456789',
    ],
    ["'-0.000000001'::DECIMAL(38,9)", -1e-9],
    ['0.1::DOUBLE', 0.1],
    ['1e300', 1e300],
    ["'nan'::DOUBLE", 'NaN'],
    ["'-infinity'::DOUBLE", '-Infinity'],
    ['1.5::FLOAT', 1.5],
    ['true', true],
    ['NULL::INTEGER', null],
    ['NULL', null],
    ["''", ''],
    ["'twelve bytes'", 'twelve bytes'],
    ["'thirteen byte'", 'thirteen byte'],
    ['\'é€𝄞 "quoted" \\ \'', 'é€𝄞 "quoted" \\ '],
    ["DATE '2019-10-31'", '2019-10-31'],
    ["DATE '1582-10-14'", '1582-10-14'],
    ["DATE '0044-03-15'", '0044-03-15'],
    ["TIMESTAMP '2019-10-01 23:59:59.123456'", '2019-10-01T23:59:59.123456'],
    ["TIMESTAMP '1969-12-31 23:59:59.5'", '1969-12-31T23:59:59.5'],
    ["TIMESTAMPTZ '2019-10-01 00:00:00+02'", '2019-09-30T22:00:00Z'],
    ["'2019-10-01 00:00:01'::TIMESTAMP_S", '2019-10-01T00:00:01'],
    ["'2019-10-01 00:00:01.25'::TIMESTAMP_MS", '2019-10-01T00:00:01.25'],
    ["'2019-10-01 00:00:01.123456789'::TIMESTAMP_NS", '2019-10-01T00:00:01.123456789'],
    ["TIME '23:59:59.000001'", '23:59:59.000001'],
    ["INTERVAL '1 day 2 hours'", '1 day 02:00:00'],
    ["'72d76fde-8bb3-4e00-8c23-a032dfed738c'::UUID", '72d76fde-8bb3-4e00-8c23-a032dfed738c'],
    ["'view'::ENUM('cart', 'view')", 'view'],
    ["'\\x00\\xFF'::BLOB", 'AP8='],
    ['[1, NULL, 3]', [1, null, 3]],
    ['[]::INTEGER[]', []],
    [
      "[['a'], [], NULL, ['b', 'long enough not to be inline']]",
      [['a'], [], null, ['b', 'long enough not to be inline']],
    ],
    ["{'a': 1, 'b': {'c': [DATE '2020-01-01']}}", { a: 1, b: { c: ['2020-01-01'] } }],
    [
      "MAP {'x': 1.5, 'y': NULL}",
      [
        { key: 'x', value: 1.5 },
        { key: 'y', value: null },
      ],
    ],
  ])('%s', async (sql, expected) => {
    expect(await rowsOf(`SELECT ${sql} AS v`)).toEqual([[expected]])
  })

  test('columns carry their SQL types', async () => {
    const { columns } = JSON.parse(
      await jsonText(
        `SELECT 1::BIGINT AS a, 1.5::DECIMAL(18,2) AS b, [1] AS c, '{}'::JSON AS "d e", now() AS f`,
      ),
    )
    expect(columns).toEqual([
      { name: 'a', type: 'BIGINT' },
      { name: 'b', type: 'DECIMAL(18,2)' },
      { name: 'c', type: 'INTEGER[]' },
      { name: 'd e', type: 'JSON' },
      { name: 'f', type: 'TIMESTAMP WITH TIME ZONE' },
    ])
  })

  test('values keep their rows over many chunks, with nulls and nested values in between', async () => {
    const rows = await rowsOf(`
      SELECT i, CASE WHEN i % 3 > 0 THEN 'value number ' || i END, CASE WHEN i % 5 > 0 THEN [i, NULL, i + 1] END,
        {'s': CASE WHEN i % 2 = 0 THEN 'x' || i END}, i % 2 = 0, CASE WHEN i % 7 > 0 THEN (i / 4)::DECIMAL(18,2) END
      FROM range(10000) r(i) WHERE i % 11 > 0 ORDER BY i DESC`)
    expect(rows).toHaveLength(9090)
    for (const [i, text, list, struct, even, quarter] of rows as [number, ...unknown[]][]) {
      expect(text).toBe(i % 3 > 0 ? `value number ${i}` : null)
      expect(list).toEqual(i % 5 > 0 ? [i, null, i + 1] : null)
      expect(struct).toEqual({ s: i % 2 === 0 ? `x${i}` : null })
      expect(even).toBe(i % 2 === 0)
      expect(quarter).toBe(i % 7 > 0 ? i / 4 : null)
    }
  })

  test('batches cut small hold the same rows, and the same bytes each time', async () => {
    const sql = `SELECT i, CASE WHEN i % 3 > 0 THEN 'value number ' || i END AS text,
        CASE WHEN i % 5 > 0 THEN [i, NULL, i + 1] END AS list, {'s': CASE WHEN i % 2 = 0 THEN 'x' || i END} AS struct,
        i % 2 = 0 AS even, sum(i) FILTER (i % 7 > 0) AS sum, max(i / 4) FILTER (i % 4 > 0) AS quarter
      FROM range(10000) r(i) GROUP BY i ORDER BY i DESC`
    expect(await jsonText(sql, 9_999, 100)).toEqual(await jsonText(sql, 9_999))
    const [first, second] = [[], []] as Buffer[][]
    for await (const message of messagesOf(sql, Infinity, 256)) first?.push(message)
    for await (const message of messagesOf(sql, Infinity, 256)) second?.push(message)
    expect(first).toHaveLength(42)
    expect(second).toEqual(first)
  })

  test('an empty result has its columns, and a limited one so many rows', async () => {
    expect(JSON.parse(await jsonText('SELECT 1 AS a WHERE false'))).toEqual({
      columns: [{ name: 'a', type: 'INTEGER' }],
      rows: [],
    })
    expect(JSON.parse(await jsonText('FROM range(5000)', 3000)).rows).toHaveLength(3000)
    expect(JSON.parse(await jsonText('FROM range(5000)', 0)).rows).toEqual([])
  })

  test('any integer and decimal is exact from engine to JSON', async () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const digits = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })
    await fc.assert(
      fc.asyncProperty(int64, digits, fc.integer({ min: 0, max: 38 }), async (a, scaled, scale) => {
        const text = decimalText(scaled, scale)
        const [[first, second] = []] = await rowsOf(
          `SELECT '${a}'::BIGINT, '${text}'::DECIMAL(38,${scale})`,
        )
        expect(String(first)).toBe(String(a))
        if (typeof second === 'string') expect(second).toBe(text)
        else expect(second).toBe(Number(text))
      }),
    )
  })
})

test('strings of any length come out as they are, wherever DuckDB keeps them', async () => {
  const text = `CASE WHEN range % 89 = 0 THEN NULL WHEN range % 97 = 0 THEN repeat('å' || range, 3000)
    ELSE repeat(chr(65 + (range % 26)::INTEGER), (hash(range) % 60)::INTEGER) END`
  const sql = `SELECT s, md5(s) AS sum, [s, NULL, upper(s)] AS nested FROM
    (SELECT ${text} AS s, range FROM range(20000)) WHERE hash(range) % 7 <> 0 ORDER BY hash(range)`
  const { rows } = JSON.parse(await jsonText(sql)) as {
    rows: [string | null, string | null, (string | null)[]][]
  }
  expect(rows.length).toBeGreaterThan(15_000)
  for (const [s, sum, nested] of rows) {
    expect(s === null ? null : createHash('md5').update(s).digest('hex')).toBe(sum)
    expect(nested).toEqual([s, null, s?.toUpperCase() ?? null])
  }
})
