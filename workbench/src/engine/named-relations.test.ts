import { expect, test } from 'vitest'
import { namedRelations } from './named-relations.ts'

test.each([
  ['SELECT * FROM events', 'events'],
  ['FROM funnel', 'funnel'],
  ['from funnel f join "my-cell" c using (id), lake.events', 'funnel,my-cell,lake.events'],
  ['SELECT a, b FROM x WHERE c IN (SELECT d FROM y) ORDER BY a, b', 'x,y'],
  ['WITH x AS (SELECT * FROM a), y (n) AS MATERIALIZED (FROM b) SELECT * FROM x, y, z', 'a,b,z'],
  ['WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) FROM t', ''],
  ['SELECT extract(hour FROM event_time), trim(both FROM name) FROM events', 'events'],
  ['SELECT exists(FROM a), array(SELECT x FROM b) FROM c', 'a,b,c'],
  ['SELECT a IS DISTINCT FROM b, c IS NOT DISTINCT FROM d FROM e', 'e'],
  ['SELECT count(DISTINCT user_id) FROM events', 'events'],
  ['SELECT DISTINCT x FROM y', 'y'],
  ['SELECT * FROM (a JOIN b ON a.x = b.y), (SELECT * FROM c) AS d, e', 'a,b,c,e'],
  ["SELECT * FROM read_csv('x.csv'), range(10) r, funnel", 'funnel'],
  ["SELECT 'FROM x', \"FROM\" FROM 'file.csv' -- FROM y\n/* FROM z */", ''],
  ['PIVOT sales ON year USING sum(amount)', 'sales'],
  ['SUMMARIZE funnel', 'funnel'],
  ['DESCRIBE lake.events', 'lake.events'],
  ['FROM a UNION ALL BY NAME FROM b EXCEPT SELECT * FROM c', 'a,b,c'],
  ['SELECT a FROM x LEFT JOIN LATERAL (SELECT * FROM y) ON true WINDOW w AS (ORDER BY z)', 'x,y'],
  ['SELECT funnel, other FROM events GROUP BY funnel, other', 'events'],
  ["SELECT * FROM events WHERE event_type IN ('a', funnel)", 'events'],
  ['SELECT sum(x) FILTER (WHERE y) OVER (PARTITION BY z) FROM "a ""b"""', 'a "b"'],
  ['SELECT * FROM first JOIN "last" USING (n), range', 'first,last,range'],
  ['WITH first AS (FROM a), last (n) AS (FROM b) FROM first, last', 'a,b'],
  ['SELECT', ''],
  ['SELECT * FROM', ''],
])('%s names %s', (sql, expected) => {
  expect(
    namedRelations(sql)
      .map(path => path.join('.'))
      .join(),
  ).toBe(expected)
})
