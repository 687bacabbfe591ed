import type { Random } from '../../sample-data/random.ts'
import type { Kind, Measure } from './ledger.ts'
import { dayCount, eventTypes, priceCount } from './numbered-event.ts'

/** The sum of what is measured over all that the statement saw. */
export type SumOf = (measure: Measure, kind?: Kind) => number

/** A statement, and what its answer has to be. */
export interface CheckedStatement {
  readonly sql: string
  expected(sumOf: SumOf): (string | null)[][]
}

/** The live view that statements read beside the events. */
export const liveView = `CREATE OR REPLACE LIVE VIEW numbered AS
  SELECT event_type, count(*) AS n, sum(product_id) AS ids FROM events GROUP BY event_type`

const count: Measure = n => n
const sumOfIds: Measure = n => (n * (n - 1)) / 2

type Shape = (random: Random, idsMax: number) => CheckedStatement

const shapes: readonly Shape[] = [
  () => statementOf('SELECT count(*), count(DISTINCT product_id) FROM events', [count, count]),
  () => statementOf('SELECT count(*), sum(product_id) FROM events', [count, sumOfIds], 'summed'),
  () =>
    statementOf(`SELECT count(*), (sum(price) * 4)::BIGINT FROM events`, [count, prices], 'summed'),
  (random, idsMax) => {
    const { from, to } = rangeIn(random, idsMax)
    const sql = `SELECT count(*), count(DISTINCT product_id) FROM events WHERE product_id >= ${from} AND product_id < ${to}`
    return statementOf(sql, [within(count, from, to), within(count, from, to)])
  },
  random => {
    const modulus = 2 + random.below(50)
    const rest = random.below(modulus)
    const sql = `SELECT count(*), sum(product_id) FROM events WHERE product_id % ${modulus} = ${rest}`
    return statementOf(sql, [congruent(modulus, rest), sumOfCongruent(modulus, rest)], 'summed')
  },
  () => groupsOf('SELECT event_type, count(*) FROM events GROUP BY 1 ORDER BY 1', eventTypes),
  () => {
    const days = Array.from({ length: dayCount }, (_, day) => String(day + 1))
    const sql = 'SELECT day(event_time), count(*) FROM events GROUP BY 1 ORDER BY 1'
    return groupsOf(sql, days)
  },
  (random, idsMax) => {
    const { from, to } = rangeIn(random, Math.min(idsMax, 20_000))
    const sql = `SELECT count(*) FROM events a JOIN events b USING (product_id)
      WHERE a.product_id >= ${from} AND a.product_id < ${to}`
    return statementOf(sql, [within(count, from, to)])
  },
  () => ({
    sql: `SELECT count(*), (SELECT count(*) FROM dead_letters), (SELECT count(DISTINCT raw) FROM dead_letters)
      FROM events`,
    expected: sumOf => {
      const dead = String(sumOf(count, 'deadLetters'))
      return [[String(sumOf(count)), dead, dead]]
    },
  }),
  () =>
    statementOf(
      `SELECT (SELECT coalesce(sum(n), 0) FROM live.numbered), (SELECT coalesce(sum(ids), 0) FROM live.numbered),
        (SELECT count(*) FROM events)`,
      [count, sumOfIds, count],
    ),
]

/** What is watched live: statements whose groups are kept, and others beside them. */
export const watchedStatements: readonly CheckedStatement[] = [
  statementOf('SELECT count(*), sum(product_id) FROM events', [count, sumOfIds], 'summed'),
  groupsOf(
    'SELECT event_type, count(*) AS n FROM events GROUP BY 1 ORDER BY event_type',
    eventTypes,
  ),
  groupsOf(
    'WITH of_rest AS (SELECT product_id % 7 AS rest, count(*) AS n FROM events GROUP BY 1) SELECT rest, n FROM of_rest ORDER BY rest',
    ['0', '1', '2', '3', '4', '5', '6'],
  ),
  statementOf(
    'SELECT count(*), count(DISTINCT product_id), (SELECT coalesce(sum(n), 0) FROM live.numbered) FROM events',
    [count, count, count],
  ),
]

/** @param idsMax about how many ids there are */
export function randomStatement(random: Random, idsMax: number): CheckedStatement {
  return random.pick(shapes)(random, Math.max(1, idsMax))
}

/** A few thousand ids that lie side by side. */
export function rangeIn(random: Random, idsMax: number): { from: number; to: number } {
  const from = random.below(idsMax)
  return { from, to: from + 1 + random.below(3_000) }
}

/** Of one row. A sum over nothing is NULL. */
function statementOf(sql: string, measures: readonly Measure[], last?: 'summed'): CheckedStatement {
  return {
    sql,
    expected: sumOf => {
      const isEmpty = last === 'summed' && sumOf(measures[0] ?? count) === 0
      const values = measures.map(measure => String(sumOf(measure)))
      return [isEmpty ? [...values.slice(0, -1), null] : values]
    },
  }
}

/** Of a row for each of the groups into which ids fall in turn, unless it is empty. */
function groupsOf(sql: string, names: readonly string[]): CheckedStatement {
  return {
    sql,
    expected: sumOf =>
      names.flatMap((name, rest) => {
        const size = sumOf(congruent(names.length, rest))
        return size === 0 ? [] : [[name, String(size)]]
      }),
  }
}

const prices: Measure = n => {
  const whole = Math.floor(n / priceCount)
  return whole * sumOfIds(priceCount) + sumOfIds(n % priceCount)
}

export function within(measure: Measure, from: number, to: number): Measure {
  return n => measure(Math.min(Math.max(n, from), to))
}

function congruent(modulus: number, rest: number): Measure {
  return n => (n > rest ? Math.floor((n - 1 - rest) / modulus) + 1 : 0)
}

function sumOfCongruent(modulus: number, rest: number): Measure {
  const size = congruent(modulus, rest)
  return n => size(n) * rest + modulus * sumOfIds(size(n))
}
