import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isFailure } from '../base/failure.ts'
import { openEmbeddedEngine, rowsOf } from '../testing/embedded-engine.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'

/*
 * Statements of somebody who wants out: to read what is not in the catalog, to write anything, to change settings, to
 * take the server down. None may read or write outside, and the engine answers after each.
 */

const secret = 'the quick brown secret'
const slowMsMax = 1_000
/** Stands for the folder of the engine's test in statements. */
const home = '$HOME'

type Opened = Awaited<ReturnType<typeof openEmbeddedEngine>>
let folder: string
let opened: Opened

beforeAll(async () => {
  folder = await makeTemporaryFolder()
  await writeFile(join(folder, 'secret.csv'), `text\n${secret}\n`)
  await writeFile(join(folder, 'secret.json'), JSON.stringify({ text: secret }))
  await mkdir(join(folder, 'open'))
  opened = await openEmbeddedEngine(folder)
  await opened.produce(['{"at":"2020-01-01 00:00:00","id":1}'])
  await opened.run('SELECT 1', { after: await opened.endOffsets() })
})
afterAll(() => opened.close())

const places = [
  `${home}/secret.csv`,
  `${home}/lake/../secret.csv`,
  `${home}/lake/orders/../../secret.*`,
  `${home}//lake/./../secret.json`,
  `file://${home}/secret.csv`,
  '~/secret.csv',
  '/etc/passwd',
  '/proc/self/environ',
  'https://127.0.0.1:1/secret.csv',
  's3://bucket/secret.parquet',
]
const readers = [
  'read_text',
  'read_blob',
  'read_csv',
  'read_csv_auto',
  'read_json',
  'read_json_auto',
  'read_ndjson',
  'read_json_objects',
  'read_parquet',
  'parquet_scan',
  'parquet_metadata',
  'parquet_schema',
  'parquet_file_metadata',
  'parquet_kv_metadata',
  'sniff_csv',
  'glob',
]
const reading = [
  ...readers.flatMap(reader => places.map(place => `FROM ${reader}('${place}')`)),
  ...places.map(place => `FROM '${place}'`),
  ...places.map(place => `SELECT (SELECT text FROM read_csv(['${place}'])) AS stolen`),
  `FROM query('FROM read_text(''${home}/secret.csv'')')`,
  `FROM query_table('${home}/secret.csv')`,
  `WITH x AS MATERIALIZED (FROM read_text('${home}/secret.csv')) FROM x`,
  `DESCRIBE FROM read_csv('${home}/secret.csv')`,
  `SUMMARIZE FROM '${home}/secret.csv'`,
  `EXPLAIN ANALYZE FROM read_csv('${home}/secret.csv')`,
  `PIVOT (FROM read_csv('${home}/secret.csv')) ON text USING count(*)`,
  `SELECT * FROM orders JOIN read_csv('${home}/secret.csv') ON true`,
]

const writing = [
  ...['csv', 'json', 'parquet'].flatMap(format => [
    `COPY (SELECT 1 AS a) TO '${home}/open/stolen.${format}' (FORMAT ${format})`,
    `COPY orders TO '${home}/lake/stolen.${format}'`,
    `EXPLAIN ANALYZE COPY (SELECT 1) TO '${home}/open/stolen.${format}'`,
    `COPY (PIVOT orders ON id USING count(*)) TO '${home}/open/stolen.${format}'`,
  ]),
  ...['csv', 'parquet'].flatMap(format => {
    const copy = `COPY (SELECT 1 AS a) TO '${home}/lake/stolen.${format}' (FORMAT ${format})`
    return [
      `EXPLAIN ANALYZE ${copy}`,
      `EXPLAIN (ANALYZE, FORMAT json) ${copy}`,
      `explain analyse /* a */ ${copy}`,
      `-- a\n/* b */ EXPLAIN ANALYZE -- c\n ${copy}`,
      `EXPLAIN /* a */ ANALYZE ${copy}`,
      `/* /* */ EXPLAIN SELECT 1 -- */ EXPLAIN ANALYZE ${copy}`,
      `EXPLAIN /* /* */ SELECT 1 -- */ ANALYZE ${copy}`,
      `EXPLAIN ANALYZE EXPLAIN ANALYZE ${copy}`,
      `EXPLAIN ANALYZE ${copy}; SELECT 1`,
      `EXPLAIN ANALYZE COPY (PIVOT orders ON id USING count(*)) TO '${home}/lake/stolen.${format}'`,
    ]
  }),
  `COPY orders FROM '${home}/secret.csv'`,
  `EXPORT DATABASE '${home}/open/stolen'`,
  `IMPORT DATABASE '${home}/open'`,
  ...['', 'tail.', 'lake.', 'live.', 'main.', 'view_parts.', 'millrace.', 'temp.'].flatMap(
    schema => [
      `CREATE TABLE ${schema}stolen (a INTEGER)`,
      `CREATE OR REPLACE VIEW ${schema}orders AS SELECT 1 AS id`,
      `DROP VIEW ${schema}orders`,
    ],
  ),
  'CREATE TABLE stolen AS PIVOT orders ON id USING count(*)',
  'CREATE TEMP TABLE stolen AS FROM orders',
  'CREATE SCHEMA stolen',
  'CREATE SEQUENCE stolen',
  "CREATE TYPE stolen AS ENUM ('a')",
  'CREATE MACRO stolen(a) AS a',
  'CREATE MACRO count(a) AS 0',
  'CREATE INDEX stolen ON millrace.positions (part)',
  "CREATE SECRET stolen (TYPE s3, KEY_ID 'a', SECRET 'b')",
  "CREATE PERSISTENT SECRET stolen (TYPE s3, KEY_ID 'a', SECRET 'b')",
  'DROP SCHEMA tail CASCADE',
  'DROP SCHEMA main CASCADE',
  'DROP TABLE millrace.positions',
  "INSERT INTO millrace.positions VALUES ('orders', 99, 0, 99)",
  'INSERT INTO orders SELECT 1',
  'INSERT INTO millrace.positions PIVOT orders ON id USING count(*)',
  'UPDATE millrace.positions SET next_offset = 0',
  'DELETE FROM millrace.positions',
  'TRUNCATE millrace.positions',
  'MERGE INTO millrace.positions USING orders ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES',
  'ALTER TABLE millrace.positions ADD COLUMN stolen INTEGER',
  'ALTER VIEW orders RENAME TO stolen',
  "COMMENT ON VIEW orders IS 'stolen'",
  'EXPLAIN ANALYZE DELETE FROM millrace.positions',
  "EXPLAIN ANALYZE INSERT INTO millrace.positions VALUES ('orders', 99, 0, 99)",
  'EXPLAIN ANALYZE DROP VIEW orders',
  'WITH x AS (SELECT 1) DELETE FROM millrace.positions',
]

const settings = [
  'enable_external_access = true',
  "allowed_directories = ['/']",
  "allowed_paths = ['/etc/passwd']",
  'lock_configuration = false',
  "temp_directory = '/tmp'",
  "home_directory = '/'",
  "extension_directory = '/tmp'",
  'allow_unsigned_extensions = true',
  'allow_community_extensions = true',
  'autoload_known_extensions = true',
  'autoinstall_known_extensions = true',
  "memory_limit = '100GB'",
  'threads = 64',
  'max_expression_depth = 1000000',
  "log_query_path = '/tmp/stolen.log'",
  "profiling_output = '/tmp/stolen.json'",
  "custom_extension_repository = 'http://127.0.0.1:1'",
  "search_path = 'tail'",
  "schema = 'tail'",
  "TimeZone = 'Asia/Tokyo'",
  'errors_as_json = false',
  'enable_logging = true',
  'preserve_insertion_order = false',
]
const changing = [
  ...settings.flatMap(setting => [`SET ${setting}`, `SET GLOBAL ${setting}`, `PRAGMA ${setting}`]),
  ...['enable_external_access', 'lock_configuration', 'memory_limit'].map(name => `RESET ${name}`),
  ...['httpfs', 'sqlite', 'postgres', 'spatial', 'shellfs', 'delta', 'excel', 'aws'].flatMap(
    name => [`INSTALL ${name}`, `INSTALL ${name} FROM community`, `LOAD ${name}`],
  ),
  "LOAD '/tmp/stolen.duckdb_extension'",
  'UPDATE EXTENSIONS',
  `ATTACH '${home}/open/stolen.db'`,
  "ATTACH ':memory:' AS stolen",
  `ATTACH '${home}/secret.csv' AS stolen (TYPE sqlite)`,
  "ATTACH 'host=127.0.0.1' AS stolen (TYPE postgres)",
  "ATTACH 'https://127.0.0.1:1/a.db' AS stolen",
  'DETACH memory',
  'USE tail',
  'CHECKPOINT',
  'FORCE CHECKPOINT',
  'VACUUM',
  'VACUUM ANALYZE',
  'ANALYZE',
  'BEGIN TRANSACTION',
  'COMMIT',
  'ROLLBACK',
  'PREPARE stolen AS SELECT 1',
  'EXECUTE stolen',
  'DEALLOCATE stolen',
  'CALL pragma_version()',
  "CALL enable_logging(storage = 'file')",
  'PRAGMA enable_profiling',
  'PRAGMA disable_checkpoint_on_shutdown',
  'PRAGMA force_checkpoint',
  'SET VARIABLE stolen = 1',
  ...[
    "enable_logging('QueryLog')",
    '"enable_logging"()',
    'Enable_Logging()',
    'system.main.enable_logging()',
    'disable_logging()',
    'truncate_duckdb_logs()',
    'enable_profiling()',
    'enable_peg_parser()',
    'checkpoint()',
    'force_checkpoint()',
    "query('FROM enable_logging()')",
    "query('FROM enable' || '_logging()')",
    "query('FROM query(''FROM enable_logging()'')')",
    "query('FROM query(''FROM enable'' || ''_logging()'')')",
    "query_table('or' || 'ders')",
    "json_execute_serialized_sql(json_serialize_sql('FROM enable_logging()'))",
  ].flatMap(call => [
    `FROM ${call}`,
    `EXPLAIN ANALYZE FROM ${call}`,
    `SUMMARIZE FROM ${call}`,
    `WITH a AS MATERIALIZED (FROM ${call}) SELECT 1 WHERE EXISTS (FROM a)`,
    `PIVOT (FROM ${call}) ON 1 USING count(*)`,
  ]),
  'SELECT 1; DROP VIEW orders',
  'SELECT 1;;; SET threads = 1',
  '/* a */ SELECT 1 /* ; */ ; -- b\n DELETE FROM millrace.positions',
  "SELECT ';'; SELECT 2",
  'SELECT $$;$$; SELECT 2',
]

const exhausting = [
  'SELECT count(*) FROM range(1000000000000)',
  'SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b',
  'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT count(*) FROM x',
  'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT * FROM x',
  "WITH RECURSIVE x(t) AS (SELECT 'a' UNION ALL SELECT t || t FROM x) SELECT max(len(t)) FROM x",
  'SELECT list(range) FROM range(1000000000)',
  'SELECT range(10000000000)',
  "SELECT len(repeat('x', 100000000000))",
  "SELECT len(repeat(repeat('x', 100000), 100000))",
  "SELECT string_agg(repeat('x', 1000), '') FROM range(100000000)",
  "SELECT rpad('a', 2000000000, 'b')",
  'SELECT array_agg(DISTINCT random()) FROM range(1000000000)',
  'SELECT * FROM range(100000000) a ORDER BY random()',
  'SELECT histogram(range) FROM range(1000000000)',
  `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`,
  `SELECT ${'-'.repeat(1)}${' -'.repeat(20_000)}1`,
  `SELECT ${'NOT '.repeat(20_000)}true`,
  `SELECT 1${' + 1'.repeat(50_000)}`,
  `SELECT 1 WHERE 1 IN (${Array.from({ length: 200_000 }, (_, n) => n).join()})`,
  `SELECT * FROM ${'(SELECT * FROM '.repeat(2_000)}orders${')'.repeat(2_000)}`,
  `SELECT ${'CASE WHEN true THEN '.repeat(5_000)}1${' END'.repeat(5_000)}`,
  `SELECT '${'['.repeat(100_000)}'::JSON`,
  "SELECT regexp_matches(repeat('a', 100000), '(a+)+$')",
  "SELECT regexp_replace(repeat('a', 10000000), '(a|aa)*b', '')",
  'SELECT factorial(170), 2::HUGEINT ^ 1000, sqrt(-1)',
  "SELECT '9' || repeat('9', 10000000)::HUGEINT",
  "SELECT generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '9999-01-01', INTERVAL 1 SECOND)",
  `SELECT ${Array.from({ length: 5_000 }, (_, n) => `range AS c${n}`).join()} FROM range(100000)`,
  'SELECT a.* FROM range(100000) a, range(100000) b, range(100000) c',
  'PIVOT (SELECT range AS a FROM range(1000000)) ON a USING count(*)',
]

describe.each([
  ['reads nothing outside', reading],
  ['writes nothing', writing],
  ['changes no setting, and is one statement', changing],
])('%s', (_, statements) => {
  test.each(statements.map(sql => [sql]))('%s', async sql => {
    const outcome = await outcomeOf(sql)
    expect(outcome.text).not.toContain(secret)
    expect(outcome.text).not.toMatch(/root:|PATH=/)
    expect(outcome.code).toMatch(/^sql-/)
    expect(await rowsOf(await opened.run('SELECT count(*) FROM orders'))).toEqual([[1]])
  })
})

describe('takes nothing down', () => {
  test.each(exhausting.map(sql => [sql.slice(0, 80), sql]))('%s', async (_, sql) => {
    const outcome = await outcomeOf(sql)
    expect(outcome.code).toMatch(/^(sql-|query-|none)/)
    expect(await rowsOf(await opened.run('SELECT count(*) FROM orders'))).toEqual([[1]])
  })
})

test('they are many, and nothing of theirs is left', async () => {
  const count = [reading, writing, changing, exhausting].flat().length
  expect(count).toBeGreaterThan(200)
  const files = await readdir(folder, { recursive: true })
  expect(files.filter(file => file.includes('stolen'))).toEqual([])
  expect(await readFile(join(folder, 'secret.csv'), 'utf8')).toBe(`text\n${secret}\n`)
  const left = "SELECT table_name FROM duckdb_tables() WHERE table_name = 'stolen'"
  expect(await rowsOf(await opened.run(left))).toEqual([])
})

/** Looked through for what changes more than the statement's own answer: a new one has to be as well. */
const tableFunctions = [
  ...['check_peg_parser', 'generate_series', 'glob', 'histogram', 'histogram_values', 'range'],
  ...['icu_calendar_names', 'json_each', 'json_tree', 'pg_timezone_names', 'repeat', 'repeat_row'],
  ...[
    'query',
    'query_table',
    'sniff_csv',
    'sql_auto_complete',
    'summary',
    'unnest',
    'which_secret',
  ],
  ...['test_all_types', 'test_vector_types'],
]
const looking = /^(?:duckdb|parquet|pragma|read)_|^parquet_scan$/

test('each table function of DuckDB reads only, or is refused', async () => {
  const sql = `SELECT DISTINCT function_name FROM duckdb_functions()
    WHERE function_type IN ('table', 'table_macro') ORDER BY 1`
  const names = (await rowsOf(await opened.run(sql))).map(([name]) => String(name))
  const others = names.filter(name => !looking.test(name) && !tableFunctions.includes(name))
  expect(others.length).toBeGreaterThan(5)
  for (const name of others) {
    const { code, text } = await outcomeOf(`FROM ${name}()`)
    expect([name, code, text]).toEqual([name, 'sql-not-allowed', expect.stringContaining(name)])
  }
})

/** What a statement gave or was refused with. */
async function outcomeOf(sql: string): Promise<{ code: string; text: string }> {
  try {
    const result = await opened.run(sql.replaceAll(home, folder), {
      timeoutMs: slowMsMax,
      rowsMax: 100,
    })
    return { code: 'none', text: JSON.stringify(await rowsOf(result)) }
  } catch (error) {
    if (!isFailure(error)) throw error
    return { code: error.code, text: `${error.message} ${error.hint ?? ''}` }
  }
}
