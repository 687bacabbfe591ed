import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { type DeadLetter, decodeBatches } from './decode.ts'
import { type RecordBatch, RecordBatchBuilder } from './record-batch.ts'
import type { StreamDefinition } from './stream-definition.ts'

const definition: StreamDefinition = {
  stream: 'orders',
  eventTime: 'at',
  columns: [
    { name: 'at', type: 'TIMESTAMP', required: true },
    { name: 'id', type: 'BIGINT', required: true },
    { name: 'count', type: 'INTEGER' },
    { name: 'price', type: 'DECIMAL(18,2)' },
    { name: 'ratio', type: 'DOUBLE' },
    { name: 'paid', type: 'BOOLEAN' },
    { name: 'day', type: 'DATE' },
    { name: 'note', type: 'VARCHAR' },
    { name: 'extra', type: 'JSON' },
  ],
}

let connection: DuckDBConnection
let scratchFolder: string
beforeEach(async () => {
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run("LOAD icu; SET TimeZone = 'UTC'")
  scratchFolder = await temporaryFolder()
})

async function decode(...values: (string | Buffer)[]): Promise<readonly DeadLetter[]> {
  return decodeRecords([batchOf(0, 100, values)])
}

async function decodeRecords(batches: RecordBatch[]): Promise<readonly DeadLetter[]> {
  const options = { table: 'decoded', scratchFolder }
  await connection.run('DROP TABLE IF EXISTS decoded')
  return (await decodeBatches(connection, definition, batches, options)).deadLetters
}

function batchOf(partition: number, firstOffset: number, values: (string | Buffer)[]): RecordBatch {
  const builder = new RecordBatchBuilder(partition, firstOffset)
  values.forEach((value, index) => {
    builder.add({ offset: firstOffset + index, timestamp: 1, value: Buffer.from(value) })
  })
  return builder.build()
}

async function query(sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][]
}

async function decodeOne(column: string, json: string): Promise<unknown> {
  const [letter] = await decode(eventWith(column, json))
  if (letter) return `${letter.reason}: ${letter.detail}`
  return (await query(`SELECT "${column}" FROM decoded`))[0]?.[0]
}

function eventWith(column: string, json: string): string {
  const fields = new Map([
    ['at', '"2019-10-01 00:00:00 UTC"'],
    ['id', '1'],
    [column, json],
  ])
  return `{${[...fields].map(([name, value]) => `"${name}":${value}`).join(',')}}`
}

describe('decoding', () => {
  test('a whole event becomes a typed row with its partition and offset', async () => {
    await decode(
      '{"at":"2019-10-01T02:50:00.123456Z","id":2053013555631882655,"count":3,"price":35.79,' +
        '"ratio":0.1,"paid":true,"day":"2019-10-01","note":"é\\"","extra":{"a":[1,"x"]}}',
    )
    expect(await query('SELECT * FROM decoded')).toEqual([
      [
        '2019-10-01 02:50:00.123456',
        '2053013555631882655',
        3,
        '35.79',
        0.1,
        true,
        '2019-10-01',
        'é"',
        '{"a":[1,"x"]}',
        0,
        '100',
        null,
      ],
    ])
  })

  test.each([
    ['at', '"2019-10-01T00:00:00+02:00"', '2019-09-30 22:00:00'],
    ['at', '"2019-10-01 10:00:00.5-03:30"', '2019-10-01 13:30:00.5'],
    ['at', '"2019-10-01"', '2019-10-01 00:00:00'],
    ['count', '"12"', 12],
    ['count', '5.0', 5],
    ['id', '9223372036854775807', '9223372036854775807'],
    ['id', '"9007199254740993"', '9007199254740993'],
    ['price', '33.20', '33.20'],
    ['price', '"12345678901234.56"', '12345678901234.56'],
    ['price', '12345678901234', '12345678901234.00'],
    ['price', '1e3', '1000.00'],
    ['price', '-1234567890123.45', '-1234567890123.45'],
    ['price', '"1.500"', '1.50'],
    ['price', 'null', null],
    ['ratio', '1e300', 1e300],
    ['day', '"2019-10-01T00:00:00Z"', '2019-10-01'],
    ['day', '"5881580-07-10"', '5881580-07-10'],
    ['note', '""', ''],
    ['note', '5', '5'],
    ['extra', '"text"', '"text"'],
  ])('%s %s is %s', async (column, json, expected) => {
    expect(await decodeOne(column, json)).toEqual(expected)
  })

  test.each([
    ['count', '3.7'],
    ['count', '"0x10"'],
    ['count', '"007x"'],
    ['count', '3000000000'],
    ['id', '9223372036854775808'],
    ['id', '9999999999999999.99'],
    ['id', '123456789012345.9999999'],
    ['price', '1.239'],
    ['price', '"abc"'],
    ['price', '1234567890123456.78'],
    ['price', '"1e-3"'],
    ['ratio', 'NaN'],
    ['ratio', '"inf"'],
    ['at', '"infinity"'],
    ['at', '"2019-13-01"'],
    ['at', '"yesterday"'],
    ['day', '"2019-02-30"'],
    ['day', '"2019-10-01 10:00:00"'],
    ['paid', '"maybe"'],
  ])('%s %s is refused and never rounded', async (column, json) => {
    expect(await decodeOne(column, json)).toMatch(new RegExp(`^wrong-type: ${column}`))
    expect(await query('SELECT * FROM decoded')).toEqual([])
  })

  test.each([
    ['garbage', 'not-json'],
    ['{"at":"2019-10-01 00:00:00 UTC","id":1', 'not-json'],
    ['', 'empty'],
    ['   ', 'empty'],
    [Buffer.from([0xff, 0xfe]), 'not-utf8'],
    [Buffer.from(`${eventWith('note', '"caf\u00e9"')}`, 'latin1'), 'not-utf8'],
    ['[1,2]', 'not-object'],
    ['5', 'not-object'],
    ['null', 'not-object'],
    ['{}', 'missing-value'],
    ['{"other":1}', 'missing-value'],
    ['{"at":"2019-10-01 00:00:00 UTC"}', 'missing-value'],
    ['{"at":null,"id":1}', 'missing-value'],
    ['{"at":"2019-10-01 00:00:00 UTC","id":1}{"id":2}', 'not-json'],
    ['{"id":\n"x\ny"}', 'not-json'],
    ['{\n  "id": "x",\r\n  "at": "2019-10-01"\n}\n', 'wrong-type'],
  ])('%j is a dead letter: %s', async (value, reason) => {
    const letters = await decode(value)
    expect(letters).toMatchObject([{ partition: 0, offset: 100, reason }])
    expect(letters[0]?.raw).toEqual(Buffer.from(value))
  })

  test('a CSV line that was cut off is named as one', async () => {
    const [letter] = await decode('2019-10-01 02:50:00 UTC,view,1,2')
    expect(letter?.detail).toBe('a CSV line with 4 of 9 columns, cut off?')
  })

  test.each([
    ['\ufeff{"at":"2019-10-01","id":1}', 'the value begins with a byte order mark'],
    ['\u0000{"at":"2019-10-01","id":1}', /^Unexpected token/],
    [`{"${'x'.repeat(1000)}":1}`, /^none of the stream's columns is there, but x{200}$/],
  ])('what is wrong is told in few words: %#', async (value, detail) => {
    expect((await decode(value))[0]?.detail).toMatch(detail)
  })

  test('lines that are JSON only together are two dead letters and spoil nothing', async () => {
    for (const [first, second] of [
      ['{"id":', '5}'],
      ['{"at":"2019-10-01","id":1', '}'],
      ['[', ']'],
      ['{"at":', '"2019-10-01","id":3}'],
    ]) {
      const event = eventWith('id', '7')
      const letters = await decode(event, first ?? '', second ?? '', event, first ?? '', event)
      expect(letters.map(letter => letter.offset)).toEqual([101, 102, 104])
      expect(await query('SELECT _offset::INT FROM decoded ORDER BY 1')).toEqual([
        [100],
        [103],
        [105],
      ])
    }
  })

  test('a byte order mark is one wherever the event stands in its batch', async () => {
    const event = eventWith('id', '7')
    for (const values of [[`\ufeff${event}`], [`\ufeff${event}`, event]]) {
      expect((await decode(...values)).map(({ offset }) => offset)).toEqual([100])
    }
  })

  test('what becomes of a value does not depend on its neighbours', async () => {
    const text = fc.oneof(
      fc.constantFrom('2019-10-01T00:00:00Z', '2019-10-01 00:00+02', '2019-10-01 00:00:00 UTC'),
      fc.constantFrom('2019-10-01T00:00:00+02:00Z', '2019-10-01 00:00:00+01 UTC', 'infinity'),
      fc.constantFrom('2019-10-01', '20191001', '10:00:00Z', '2019-10-01 10:00:00.123456789Z'),
      fc.constantFrom('1e5', '0x1F', ' 5', '5 ', '+5', '-0', '05', '1_000', 'NaN', 'inf', '1e400'),
      fc.constantFrom(
        'true',
        'TRUE',
        't',
        'yes',
        '1',
        '-1.50',
        '.5',
        '5.',
        '1.005',
        '99999999.999',
      ),
      fc.double({ noNaN: true }).map(String),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
      fc.tuple(fc.nat(99_999), fc.nat(999)).map(([a, b]) => `${a}.${b}`),
      fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
      fc.string({ maxLength: 8 }),
    )
    const json = fc.oneof(
      text.map(value => JSON.stringify(value)),
      text,
      fc.json({ maxDepth: 1 }),
    )
    const event = fc
      .tuple(fc.constantFrom(...definition.columns.map(({ name }) => name)), json)
      .map(([column, value]) => eventWith(column, value).replaceAll('\n', ' '))
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 20 }), async events => {
        const outcome = async (spoiler: string[]) => {
          const letters = await decode(...events, ...spoiler)
          const rows = await query(
            `SELECT * FROM decoded WHERE _offset < ${100 + events.length} ORDER BY _offset`,
          )
          return { rows, letters: letters.slice(0, letters.length - spoiler.length) }
        }
        expect(await outcome(['{"id":', '5}'])).toEqual(await outcome([]))
      }),
      { numRuns: 100 },
    )
  })

  test('a batch beyond what DuckDB reads in order is decoded in parts', async () => {
    const pad = 'x'.repeat(900_000)
    const values = Array.from({ length: 60 }, (_, n) =>
      n % 9 === 4 ? `{"bad":"${pad}"` : `{"at":"2019-10-01","id":${n},"note":"${pad}"}`,
    )
    const batches = values.map((value, n) => batchOf(0, n, [value]))
    const letters = await decodeRecords(batches)
    expect(letters.map(letter => letter.offset)).toEqual([4, 13, 22, 31, 40, 49, 58])
    expect(
      await query('SELECT count(*)::INT, count(*) FILTER (_offset = id)::INT FROM decoded'),
    ).toEqual([[53, 53]])
  })

  test('every record of any mix becomes a row or a dead letter, at its own offset', async () => {
    const good = fc
      .nat(1000)
      .map(id => ({ text: `{"at":"2019-10-01 00:00:00 UTC","id":${id}}`, id: id as number | null }))
    const bad = fc
      .oneof(
        fc.constantFrom(
          'x',
          '',
          ' ',
          '{}',
          '{"id":"?","at":"?"}',
          '[]',
          '{"a":1}{"b":2}',
          '\u0000',
        ),
        fc.string({ maxLength: 12 }),
        fc.nat(40).map(length => '{"at":"2019-10-01 00:00:00 UTC","id":[12]}'.slice(0, length)),
      )
      .map(text => ({ text, id: null }))
    const part = fc.array(fc.oneof({ weight: 3, arbitrary: good }, bad), {
      minLength: 1,
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(part, part, fc.nat(5), async (first, second, gap) => {
        const builder = new RecordBatchBuilder(1, 0)
        second.forEach(({ text }, index) => {
          const offset = index < 10 ? index : index + gap
          builder.add({ offset, timestamp: 1, value: Buffer.from(text) })
        })
        const batches = [
          batchOf(
            0,
            7,
            first.map(r => r.text),
          ),
          builder.build(),
        ]
        const letters = await decodeRecords(batches)
        const expected = [
          ...first.map((r, index) => [0, index + 7, r.id] as const),
          ...second.map((r, index) => [1, index < 10 ? index : index + gap, r.id] as const),
        ]
        expect(
          await query(
            'SELECT _partition, _offset::INTEGER, id::INTEGER FROM decoded ORDER BY 1, 2',
          ),
        ).toEqual(expected.filter(([, , id]) => id !== null))
        expect(letters.map(letter => [letter.partition, letter.offset])).toEqual(
          expected.filter(([, , id]) => id === null).map(([p, o]) => [p, o]),
        )
      }),
      { numRuns: 60 },
    )
  })
})
