import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dashboard } from '../backend/contract/documents.ts'
import {
  cellBody,
  cellName,
  cellSpec,
  parseNotebook,
  type SqlCell,
  serialiseNotebook,
} from '../backend/contract/notebook-format.ts'
import { startMillrace } from '../backend/testing/running-millrace.ts'
import { makeTemporaryFolder } from '../backend/testing/temporary-folder.ts'
import { placeStatement } from '../workbench/src/engine/place-statement.ts'
import { runDemo } from './demo.ts'

const folder = join(import.meta.dirname, '..', 'notebooks')
const files = (await readdir(folder)).sort()
const notebooks = await Promise.all(
  files
    .filter(file => file.endsWith('.md'))
    .map(async file => ({ file, text: await readFile(join(folder, file), 'utf8') })),
)
const cells = notebooks.flatMap(({ file, text }) =>
  parseNotebook(text).cells.flatMap(cell =>
    cell.kind === 'sql' ? [{ file, cell, name: cellName(cell) ?? '' }] : [],
  ),
)

let home: string
let millrace: Awaited<ReturnType<typeof startMillrace>>

beforeAll(async () => {
  home = await makeTemporaryFolder()
  millrace = await startMillrace(home)
  const abort = new AbortController()
  const { eventLog, clock } = millrace
  await runDemo(
    {
      append: (stream, records, producer) => eventLog.append(stream, records, { producer }),
      clock,
      planFile: join(home, 'demo.json'),
    },
    { historyCount: 100_000, ratePerSecond: 0, onHistory() {} },
    abort.signal,
  )
  const after: Record<string, Record<number, number>> = {}
  for (const { stream } of millrace.definitions) {
    const { partitions } = await eventLog.describeTopic(stream)
    after[stream] = Object.fromEntries(partitions.map(p => [p.partition, p.endOffset - 1]))
  }
  await millrace.query('SELECT 1', { after })
}, 120_000)

afterAll(async () => {
  await millrace.close()
  await rm(home, { recursive: true })
})

/** The statement with the cells that it reads. */
function onServer(file: string, cell: SqlCell): string {
  const readable = cells
    .filter(each => each.file === file)
    .map(each => ({ name: each.name, sql: cellBody(each.cell), engine: 'auto' as const }))
  const placement = placeStatement(
    { name: cellName(cell) ?? '', sql: cellBody(cell), engine: 'server' },
    { cells: readable, files: [], hasTable: () => false },
  )
  return placement.is === 'server' ? placement.inlined.sql : cellBody(cell)
}

test.each(cells)(
  '$file: $name gives rows, with the fields of its chart',
  async ({ file, cell }) => {
    const response = await millrace.query(onServer(file, cell))
    expect(response.statusCode, response.body).toBe(200)
    const { columns, rows } = response.json()
    expect(rows.length).toBeGreaterThan(0)
    const names = columns.map((column: { name: string }) => column.name)
    const fields = [...(cellSpec(cell) ?? '').matchAll(/"field": "([^"]+)"/g)].map(
      ([, field]) => field,
    )
    expect(names).toEqual(expect.arrayContaining(fields))
  },
)

test('every file is written as the page would write it', () => {
  for (const { text } of notebooks) expect(serialiseNotebook(parseNotebook(text))).toBe(text)
})

test('every tile points at a cell that is there', async () => {
  const text = await readFile(join(folder, 'wall.dashboard.json'), 'utf8')
  const { tiles } = JSON.parse(text) as Dashboard
  const known = cells.map(({ file, name }) => `${file.replace(/\.md$/, '')}/${name}`)
  const wanted = tiles.flatMap(tile =>
    tile.kind === 'cell' ? [`${tile.notebook}/${tile.cell}`] : [],
  )
  expect(known).toEqual(expect.arrayContaining(wanted))
})
