import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../sample-data/random.ts'
import { type Kind, Ledger, type SeenState } from './ledger.ts'
import { deadLetterOf, eventOf } from './numbered-event.ts'
import { randomStatement } from './statements.ts'

const appends = fc.array(
  fc.record({
    kind: fc.constantFrom<Kind>('rows', 'deadLetters'),
    partition: fc.nat(2),
    count: fc.integer({ min: 1, max: 1_500 }),
  }),
  { maxLength: 12 },
)

/** Appends one after the other, and a state that ends in the middle of some of them. */
function ledgerOf(drawn: readonly { kind: Kind; partition: number; count: number }[]) {
  const ledger = new Ledger()
  const ends = new Map<number, number>()
  for (const { kind, partition, count } of drawn) {
    const begun = ledger.begin(kind, count)
    const firstOffset = ends.get(partition) ?? 0
    ends.set(partition, firstOffset + count)
    const range = { partition, firstOffset, lastOffset: firstOffset + count - 1 }
    ledger.acknowledge(begun, { kind, count }, [range])
  }
  const state: SeenState = new Map([...ends].map(([p, end]) => [p, Math.ceil((end * 2) / 3)]))
  return { ledger, state }
}

function idsOf(ledger: Ledger, state: SeenState, kind: Kind): number[] {
  return [...ledger.ids(state, kind)].flatMap(([first, end]) =>
    Array.from({ length: end - first }, (_, n) => first + n),
  )
}

test('what a statement should answer is what DuckDB answers over the events that were seen', async () => {
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run('CREATE SCHEMA live')
  await fc.assert(
    fc.asyncProperty(appends, fc.string(), async (drawn, seed) => {
      const { ledger, state } = ledgerOf(drawn)
      const lines = idsOf(ledger, state, 'rows').map(id => eventOf(id, 1))
      const letters = idsOf(ledger, state, 'deadLetters').map(id => ({ raw: deadLetterOf(id) }))
      await connection.run(
        `CREATE OR REPLACE TABLE events AS SELECT unnest(from_json($lines, '[{
        "event_time":"TIMESTAMP","event_type":"VARCHAR","product_id":"BIGINT","price":"DECIMAL(18,2)"}]'),
        recursive := true)`,
        { lines: `[${lines}]` },
      )
      await connection.run(
        `CREATE OR REPLACE TABLE dead_letters AS SELECT unnest(from_json($letters, '[{"raw":"VARCHAR"}]'), recursive := true)`,
        { letters: JSON.stringify(letters) },
      )
      await connection.run(`CREATE OR REPLACE TABLE live.numbered AS
        SELECT event_type, count(*) AS n, sum(product_id) AS ids FROM events GROUP BY event_type`)
      const random = new Random(seed)
      for (let n = 0; n < 10; n++) {
        const { sql, expected } = randomStatement(random, ledger.begun.rows)
        const found = (await connection.runAndReadAll(sql)).getRowsJson()
        const wanted = expected((measure, kind = 'rows') => ledger.sum(state, kind, measure))
        const asText = found.map(row => row.map(value => (value === null ? null : String(value))))
        expect({ sql, answer: asText }).toEqual({ sql, answer: wanted })
      }
    }),
    { numRuns: 30 },
  )
})
