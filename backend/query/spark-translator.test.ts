import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { SparkTranslator } from './spark-translator.ts'

const database = await DuckDBInstance.create(':memory:')
const translator = new SparkTranslator(() => database.connect())

test.each([
  ['FROM events', 'SELECT * FROM `events`'],
  ['SELECT sum(price) FROM events', 'SELECT sum(`price`) AS `sum(price)` FROM `events`'],
  [
    'SELECT a FROM t ORDER BY a DESC LIMIT 3 OFFSET 1',
    'SELECT `a` FROM `t` ORDER BY `a` DESC NULLS LAST LIMIT 3 OFFSET 1',
  ],
  [
    "SELECT 'it''s \\d' AS t, \"a b\" AS b FROM t",
    "SELECT 'it\\'s \\\\d' AS `t`, `a b` AS `b` FROM `t`",
  ],
  [
    'SELECT 0.05 AS a, -12.5 AS b, 1e300 AS c, 9007199254740993 AS d',
    'SELECT 0.05BD AS `a`, -12.5BD AS `b`, 1E300D AS `c`, 9007199254740993 AS `d`',
  ],
  ['SELECT x::INT AS x FROM t', 'SELECT CAST(CAST(`x` AS DECIMAL(38, 0)) AS INT) AS `x` FROM `t`'],
  [
    'SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b) AS n FROM t',
    'SELECT count(CASE WHEN `a` THEN 1 END) OVER (PARTITION BY `b`) AS `n` FROM `t`',
  ],
  [
    'SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1',
    'SELECT * EXCEPT (millrace_qualified) FROM (SELECT `a`, (row_number() OVER (ORDER BY `a` NULLS LAST) = 1) AS millrace_qualified FROM `t`) WHERE millrace_qualified',
  ],
  [
    'SELECT sum(x) OVER (ORDER BY t RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW) AS s FROM e',
    'SELECT sum(`x`) OVER (ORDER BY `t` NULLS LAST RANGE BETWEEN INTERVAL 1 hour PRECEDING AND CURRENT ROW) AS `s` FROM `e`',
  ],
  [
    "SELECT strftime(t, '%Y-%m-%d at %H:%M') AS s FROM e",
    "SELECT date_format(`t`, 'yyyy-MM-dd \\'at\\' HH:mm') AS `s` FROM `e`",
  ],
  [
    'SELECT r.i FROM range(3, 9) r(i)',
    'SELECT `r`.`i` FROM (SELECT id AS `i` FROM range(3, 9)) AS `r`(`i`)',
  ],
  [
    'SELECT a FROM t WHERE b IN (SELECT c FROM u) AND NOT EXISTS (FROM v)',
    'SELECT `a` FROM `t` WHERE ((`b` IN (SELECT `c` FROM `u`)) AND (NOT EXISTS (SELECT * FROM `v`)))',
  ],
  ['SELECT percentile(x, 0.5) AS p FROM t', 'SELECT `percentile`(`x`, 0.5BD) AS `p` FROM `t`'],
  [
    'SELECT round(avg(price), 2) AS mean, round(price, 1) AS price FROM t',
    'SELECT (round(CAST(sum(`price`) / nullif(count(`price`), 0) AS DOUBLE) * 1e2D) / 1e2D) AS `mean`, round(`price`, 1) AS `price` FROM `t`',
  ],
  ['SELECT x FROM t WHERE user_id = $id', 'SELECT `x` FROM `t` WHERE (`user_id` = $id)'],
])('%s becomes Spark’s', async (sql, spark) => {
  expect(await translator.translated(sql)).toBe(spark)
})

test('what DuckDB cannot parse is left to Spark', async () => {
  expect(await translator.translated('SELECT explode(x) FROM t LATERAL VIEW explode(y) AS z')).toBe(
    undefined,
  )
})

test.each([
  ['SELECT histogram(x) FROM t', 'Spark has no histogram() as DuckDB has it.', 7],
  ['SELECT a, json_extract(b, c) FROM t', 'Spark has no json_extract() as DuckDB has it.', 10],
  ['FROM a ASOF JOIN b ON a.t >= b.t', 'Spark has no ASOF JOIN.', 7],
  ['SELECT DISTINCT ON (a) b FROM t', 'Spark has no DISTINCT ON.', 20],
  [
    "SELECT regexp_replace(a, 'b', 'c') FROM t",
    'Spark has no regexp_replace() as DuckDB has it.',
    7,
  ],
  ['SELECT COLUMNS(*) FROM t', 'Spark has no COLUMNS, REPLACE and RENAME.', 7],
  ['SELECT 1; SELECT 2', 'Only one statement runs at a time.', undefined],
  ["SELECT a LIKE 'x\\y' FROM t", 'Spark has no ~~ as DuckDB has it.', 9],
  ['SELECT list(x ORDER BY y DESC) FROM t', 'Spark has no list() as DuckDB has it.', 7],
])('%s is refused: %s', async (sql, detail, offset) => {
  const failure = await translator.translated(sql).catch(error => error)
  expect(failure.message).toBe(detail)
  expect(failure.extra.position?.offset).toBe(offset)
})
