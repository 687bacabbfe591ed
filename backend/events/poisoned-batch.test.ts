import { readFile } from 'node:fs/promises'
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
    { name: 'note', type: 'VARCHAR' },
  ],
}

let connection: DuckDBConnection
let scratchFolder: string
beforeEach(async () => {
  connection = await (await DuckDBInstance.create()).connect()
  await connection.run("LOAD icu; SET TimeZone = 'UTC'")
  scratchFolder = await temporaryFolder()
})

/** What goes wrong with a statement that decodes these values; undefined when nothing does. */
type Fault = (values: string) => string | undefined

/** A connection whose DuckDB fails, as `fault` says, at what the file of a statement holds. */
function faulty(fault: Fault): DuckDBConnection {
  return new Proxy(connection, {
    get(target, name) {
      if (name !== 'run') return Reflect.get(target, name).bind(target)
      return async (sql: string) => {
        const [, file] = /read_json\('([^']+)'/.exec(sql) ?? []
        const message = file === undefined ? undefined : fault(await readFile(file, 'utf8'))
        if (message !== undefined) throw new Error(message)
        return target.run(sql)
      }
    },
  })
}

const poisonIn =
  (message: string): Fault =>
  values =>
    values.includes('poison') ? message : undefined

function decode(batches: RecordBatch[], on: DuckDBConnection) {
  return decodeBatches(on, definition, batches, { table: 'decoded', scratchFolder })
}

function batchOf(firstOffset: number, values: readonly (string | Buffer)[]): RecordBatch {
  const builder = new RecordBatchBuilder(0, firstOffset)
  values.forEach((value, index) => {
    builder.add({ offset: firstOffset + index, timestamp: 1, value: Buffer.from(value) })
  })
  return builder.build()
}

const event = (id: number, note = 'fine') => `{"at":"2019-10-01","id":${id},"note":"${note}"}`

async function offsetsOfRows(): Promise<number[]> {
  const read = await connection.runAndReadAll('SELECT _offset::INT FROM decoded ORDER BY 1')
  return read.getRowsJS().map(([offset]) => Number(offset))
}

const placesOf = (letters: readonly DeadLetter[]) =>
  letters.map(({ offset, reason }) => [offset, reason])

describe('a poisoned batch', () => {
  const errors = [
    'INTERNAL Error: Attempted to access index 3 within vector of size 2',
    'Invalid Input Error: what nobody foresaw',
    '{"exception_type":"Conversion","exception_message":"what nobody foresaw"}',
  ]

  test.each(errors)('is bisected to the guilty events: %s', async message => {
    const values = Array.from({ length: 50 }, (_, n) =>
      n === 17 || n === 40 ? event(n, 'poison') : n === 30 ? 'garbage' : event(n),
    )
    const batches = [batchOf(100, values.slice(0, 20)), batchOf(120, values.slice(20))]
    const { rows, deadLetters } = await decode(batches, faulty(poisonIn(message)))
    expect(placesOf(deadLetters)).toEqual([
      [117, 'decoder-failed'],
      [130, 'not-json'],
      [140, 'decoder-failed'],
    ])
    expect(deadLetters[0]?.detail).toMatch(/^could not be decoded: .*(index 3|nobody foresaw)/)
    expect(deadLetters[0]?.raw.toString()).toBe(values[17])
    expect(rows).toBe(47)
    expect(await offsetsOfRows()).toEqual(
      values.flatMap((_, n) => ([17, 30, 40].includes(n) ? [] : [100 + n])),
    )
  })

  test('has the same outcome however its events were batched', async () => {
    const value = fc.constantFrom(event(1), event(2, 'poison'), 'garbage', '{"at":"x","id":1}')
    const fault = poisonIn('INTERNAL Error: unforeseen')
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 25 }),
        async (values, size) => {
          const outcome = async (parts: RecordBatch[][]) => {
            const found: unknown[] = []
            for (const part of parts) {
              await connection.run('DROP TABLE IF EXISTS decoded')
              const { deadLetters } = await decode(part, faulty(fault))
              found.push(...placesOf(deadLetters), ...(await offsetsOfRows()).map(row => [row]))
            }
            return found.map(each => JSON.stringify(each)).sort()
          }
          const parts: RecordBatch[][] = []
          for (let at = 0; at < values.length; at += size) {
            parts.push([batchOf(at, values.slice(at, at + size))])
          }
          expect(await outcome(parts)).toEqual(await outcome([[batchOf(0, values)]]))
        },
      ),
      { numRuns: 12 },
    )
  })

  test('becomes rows when the failure does not come again', async () => {
    let failuresLeft = 3
    const once: Fault = values =>
      values.includes('poison') && failuresLeft-- > 0 ? 'INTERNAL Error: a moment' : undefined
    const { deadLetters } = await decode([batchOf(0, [event(1, 'poison'), 'x'])], faulty(once))
    expect(placesOf(deadLetters)).toEqual([[1, 'not-json']])
    expect(await offsetsOfRows()).toEqual([0])
  })

  test.each([
    'Out of Memory Error: could not allocate block of size 256.0 KiB',
    'IO Error: Could not write file: No space left on device',
    'INTERRUPT Error: Interrupted!',
    'FATAL Error: the database has been invalidated',
    '{"exception_type":"Out of Memory","exception_message":"failed to pin block"}',
    'something else altogether',
  ])('is none when what failed may pass: %s', async message => {
    const decoding = decode([batchOf(0, [event(1), event(2, 'poison')])], faulty(poisonIn(message)))
    const failure = await decoding.catch((error: Error) => error)
    if (message.includes('Out of Memory')) expect(failure).toMatchObject({ code: 'memory-full' })
    expect([failure, (failure as Error).cause]).toContainEqual(new Error(message))
  })

  test('is none when the decoder fails at everything', async () => {
    const broken = faulty(() => 'Invalid Input Error: broken')
    await expect(decode([batchOf(0, [event(1), event(2)])], broken)).rejects.toThrow('broken')
  })

  test('an event beyond what the quick statement reads is a row like any other', async () => {
    const long = event(2, '\\"x'.repeat(12_000_000))
    const { rows, deadLetters } = await decode([batchOf(0, [event(1), long, 'x'])], connection)
    expect(placesOf(deadLetters)).toEqual([[2, 'not-json']])
    expect(rows).toBe(2)
    const read = await connection.runAndReadAll('SELECT max(strlen(note))::INT FROM decoded')
    expect(read.getRowsJS()).toEqual([[24_000_000]])
  })

  test('of nothing but dead letters is taken, however many they are', async () => {
    const { rows, deadLetters } = await decode([batchOf(0, Array(150_000).fill('1'))], connection)
    expect([rows, deadLetters.length]).toEqual([0, 150_000])
  })
})
