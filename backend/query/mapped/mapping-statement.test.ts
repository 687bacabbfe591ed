import { expect, test } from 'vitest'
import { mappingStatementOf } from './mapping-statement.ts'

test('a mapping has its key, its cells and its version', () => {
  const sql = `-- who buys
    CREATE OR REPLACE HBASE TABLE hbase."Profiles" (
      region text KEY UNTIL '|', user_id int8 KEY AS ordered, /* latin */ name VARCHAR CELL 'd:name' NOT NULL,
      price NUMERIC(9, 2) CELL 'd:it''s', written TIMESTAMP VERSION
    ) FROM 'shop:profiles' WITH (versions = 3);`
  expect(mappingStatementOf(sql)).toEqual({
    ...{ kind: 'create', replaces: true, ifAbsent: false },
    mapping: {
      ...{ name: 'profiles', table: 'shop:profiles', versionsMax: 3 },
      columns: [
        {
          ...{ name: 'region', type: 'VARCHAR' },
          source: { from: 'key', encoding: 'text', until: '|', width: undefined },
        },
        {
          ...{ name: 'user_id', type: 'BIGINT' },
          source: { from: 'key', encoding: 'ordered', until: undefined, width: undefined },
        },
        {
          ...{ name: 'name', type: 'VARCHAR' },
          source: { from: 'cell', cell: 'd:name', encoding: 'text', isRequired: true },
        },
        {
          ...{ name: 'price', type: 'DECIMAL(9,2)' },
          source: { from: 'cell', cell: "d:it's", encoding: 'text', isRequired: false },
        },
        { name: 'written', type: 'TIMESTAMP', source: { from: 'version' } },
      ],
    },
  })
})

test.each([
  ['SELECT 1', undefined],
  ['CREATE LIVE VIEW v AS SELECT 1', undefined],
  ['SHOW HBASE TABLES', { kind: 'show' }],
  ['drop hbase table if exists p;', { kind: 'drop', name: 'p', ifThere: true }],
])('%s', (sql, statement) => {
  expect(mappingStatementOf(sql)).toEqual(statement)
})

test.each([
  ['CREATE HBASE TABLE t', /no statement about a table of HBase/],
  ["CREATE HBASE TABLE t () FROM 't'", /is no name of a column/],
  ["CREATE HBASE TABLE t (a BIGINT KEY FROM 't'", /“\)” is expected before “FROM”/],
  ['CREATE HBASE TABLE t (a BIGINT KEY) FROM t', /stands where the name of the table in HBase/],
  ["CREATE HBASE TABLE t (a BIGINT KEY) FROM 't/scanner'", /is no name of a table in HBase/],
  ["CREATE HBASE TABLE t (a BIGINT KEY) FROM '../version'", /is no name of a table in HBase/],
  ["CREATE HBASE TABLE t (a BIGINT KEY) FROM 't' SELECT 1", /Nothing was expected before “SELECT”/],
  ["CREATE HBASE TABLE t (a BIGINT) FROM 't'", /a is a KEY, a CELL/],
  ["CREATE HBASE TABLE t (a BIGINT CELL 'd:a') FROM 't'", /No column is the KEY/],
  ["CREATE HBASE TABLE t (a BIGINT KEY, A BIGINT KEY) FROM 't'", /two columns a/],
  ["CREATE HBASE TABLE t (a VARCHAR KEY, b BIGINT KEY) FROM 't'", /Where does a end in the key/],
  ["CREATE HBASE TABLE t (a INTERVAL KEY) FROM 't'", /a cannot be INTERVAL/],
  ["CREATE HBASE TABLE t (a BIGINT KEY AS GZIP) FROM 't'", /none of BINARY, TEXT/],
  ["CREATE HBASE TABLE t (a VARCHAR KEY AS ORDERED) FROM 't'", /A VARCHAR cannot be ORDERED/],
  [
    "CREATE HBASE TABLE t (a BIGINT KEY, b BIGINT CELL 'b') FROM 't'",
    /not like 'family:qualifier'/,
  ],
])('%s is refused', (sql, detail) => {
  expect(() => mappingStatementOf(sql)).toThrow(detail)
})
