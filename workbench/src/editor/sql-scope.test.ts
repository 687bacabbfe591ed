import { describe, expect, test } from 'vitest'
import { type FromItem, scopeAt } from './sql-scope.ts'

/** The scope at the bar in the text. */
function scope(marked: string) {
  return scopeAt(marked.replace('|', ''), marked.indexOf('|'))
}

function aliases(items: readonly FromItem[]): string[] {
  return items.map(item => `${item.path.join('.')}${item.path.length ? ' ' : ''}${item.alias}`)
}

describe('what can be named in a statement', () => {
  test.each([
    ['SELECT | FROM events', ['events events']],
    ['SELECT e.| FROM events AS e', ['events e']],
    ['SELECT | FROM lake.events e JOIN users u ON u.id = e.user_id', ['lake.events e', 'users u']],
    ['SELECT | FROM a, b c WHERE x', ['a a', 'b c']],
    ['FROM events SELECT |', ['events events']],
    ['SELECT 1 FROM old; SELECT | FROM new', ['new new']],
    ['SELECT | FROM (SELECT 1 AS n) s', ['s']],
    ['SELECT (SELECT | FROM inside) FROM outside', ['inside inside', 'outside outside']],
    ['SELECT a FROM x UNION ALL SELECT | FROM y', ['y y']],
    ['SELECT | FROM range(10) r', ['r']],
    ['SELECT | FROM "My table" "t 1"', ['My table t 1']],
    ['SELECT (|', []],
    ['SELECT * FROM t WHERE sum(|', ['t t']],
  ])('%s', (marked, expected) => {
    expect(aliases(scope(marked).items)).toEqual(expected)
  })

  test('a CTE gives the columns that its text says', () => {
    const { commonTables } = scope(
      'WITH a AS (SELECT x, sum(y) AS total, t.z FROM t), b(p, q) AS (SELECT * FROM a) SELECT |',
    )
    expect(commonTables.map(table => [table.name, table.columns])).toEqual([
      ['a', [{ name: 'x' }, { name: 'total' }, { name: 'z' }]],
      ['b', [{ name: 'p' }, { name: 'q' }]],
    ])
  })

  test('a star stands for the columns of what FROM names', () => {
    const [item] = scope('SELECT s.| FROM (SELECT e.*, 1 AS one FROM events e, users u) s').items
    expect(item?.columns).toEqual([
      { all: [{ alias: 'e', path: ['events'], columns: null }] },
      { name: 'one' },
    ])
  })

  test.each([
    ['SELECT * FROM |', true],
    ['SELECT * FROM ev|', true],
    ['SELECT * FROM lake.|', true],
    ['SELECT * FROM a JOIN |', true],
    ['SELECT * FROM a, |', true],
    ['SELECT * FROM (SELECT * FROM |', true],
    ['SELECT |', false],
    ['SELECT a, |', false],
    ['SELECT * FROM a |', false],
    ['SELECT * FROM a WHERE |', false],
    ['SELECT * FROM a GROUP BY x, |', false],
    ['SELECT extract(year FROM |', true],
  ])('%s wants a table: %s', (marked, expected) => {
    expect(scope(marked).wantsTable).toBe(expected)
  })
})
