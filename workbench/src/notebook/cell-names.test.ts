import { expect, test } from 'vitest'
import { cellBody } from '../../../backend/contract/notebook-format.ts'
import { type MeaningOf, renamedReaders, whyNoName } from './cell-names.ts'
import { type CellId, openNotebook, reduceNotebook } from './notebook-state.ts'

const text = `
\`\`\`sql name=top
SELECT brand, n FROM product_stats
\`\`\`

\`\`\`sql name=share live
WITH leaders AS (FROM Top) SELECT sum(n) FROM leaders
\`\`\`

\`\`\`sql name=sum
WITH winners AS (FROM share) FROM winners
\`\`\`

\`\`\`sql name=stats
CREATE LIVE VIEW product_stats AS SELECT brand, count(*) AS n FROM events GROUP BY brand
\`\`\`

\`\`\`sql name=other
SELECT count(*) FROM events
\`\`\`
`
const tables: MeaningOf = name => {
  if (name === 'prices') return 'file'
  return ['events', 'product_stats'].includes(name) ? 'table' : null
}

function opened() {
  let count = 0
  const state = openNotebook(text, () => {
    count += 1
    return `c${count}` as CellId
  })
  const id = (n: number): CellId => state.ids[n] as CellId
  return { state, top: id(0), share: id(1), stats: id(3), other: id(4) }
}

test('a renamed cell and those that read it change in one step', () => {
  const { state, top, share } = opened()
  const readers = renamedReaders(state, { id: top, name: 'best' }, tables)
  expect([...readers.keys()]).toEqual([share])
  const next = reduceNotebook(state, { type: 'renamed', id: top, name: 'best', readers })
  expect(next.notebook.cells.map(cellBody).slice(0, 2)).toEqual([
    'SELECT brand, n FROM product_stats',
    'WITH leaders AS (FROM best) SELECT sum(n) FROM leaders',
  ])
})

test('a cell that has the name of a table, or makes one, is read by nobody', () => {
  const { state, top, stats } = opened()
  expect(renamedReaders(state, { id: top, name: 'best' }, () => 'table').size).toBe(0)
  const same = reduceNotebook(state, { type: 'renamed', id: stats, name: 'events' })
  expect(renamedReaders(same, { id: stats, name: 'stats' }, () => null).size).toBe(0)
})

test.each([
  ['best', null],
  ['TOP', null],
  ['2nd', 'a letter, then letters, digits, _ or -'],
  ['Share', 'another cell has this name'],
  ['events', 'a table has this name'],
  ['prices', 'a file has this name'],
  ['Leaders', 'share has a WITH of this name'],
  ['winners', 'sum has a WITH of this name'],
])('a cell that others read is called %s', (name, why) => {
  const { state, top } = opened()
  expect(whyNoName(state, { id: top, name }, tables)).toBe(why)
})

test('a cell that makes a table may have its name', () => {
  const { state, stats, other } = opened()
  expect(whyNoName(state, { id: stats, name: 'product_stats' }, tables)).toBeNull()
  expect(whyNoName(state, { id: other, name: 'leaders' }, tables)).toBeNull()
})

test('of cells that have one name the first one is read by it', () => {
  const { state, top, other } = opened()
  const twice = reduceNotebook(state, { type: 'renamed', id: other, name: 'top' })
  expect(renamedReaders(twice, { id: other, name: 'best' }, tables).size).toBe(0)
  expect(renamedReaders(twice, { id: top, name: 'best' }, tables).size).toBe(1)
})

test('no name is accepted before the tables of the server are known', () => {
  const { state, top } = opened()
  expect(whyNoName(state, { id: top, name: 'best' }, () => 'unknown')).toMatch(/not known yet/)
})
