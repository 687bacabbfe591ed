import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newNotebook, pinToNewDashboard, typeSql } from './edit-notebook.ts'
import { findBarriers } from './find-barriers.ts'
import { inBrowser } from './in-browser.ts'

const here = inBrowser({ demo: 'on', settings: { MILLRACE_DEMO_RATE: '50' }, events: 20_000 })

const perType = 'SELECT event_type, count(*) AS n FROM events GROUP BY 1'

function cellAt(page: Page, index: number): Locator {
  return page.getByRole('group', { name: /^Cell/ }).nth(index)
}

async function addCell(page: Page, sql: string): Promise<Locator> {
  const cells = page.getByRole('group', { name: /^Cell/ })
  const index = await cells.count()
  await page.getByRole('button', { name: /^SQL/ }).last().click()
  await typeSql(page, index, sql)
  await page.keyboard.press('Control+Enter')
  return cellAt(page, index)
}

async function drop(page: Page, name: string, content: string | Buffer): Promise<void> {
  const file = { name, mimeType: 'text/plain', buffer: Buffer.from(content) }
  await page.getByLabel('Files to read in this notebook').setInputFiles(file)
}

async function gridTexts(cell: Locator): Promise<string[]> {
  return cell.getByRole('gridcell').allTextContents()
}

function digitsOf(text: string | undefined): string {
  return text?.replace(/\D/g, '') ?? ''
}

/** A name that is taken is tried, and a mistake is answered as one. */
const expected = /412 \(Precondition Failed\)|400 \(Bad Request\)/

test('a cell reads other cells, in the browser and on the server', async () => {
  const { page, forgive, troubles, screenshot } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  const first = cellAt(page, 0)
  await typeSql(page, 0, `${perType} ORDER BY n DESC`)
  await page.keyboard.press('Control+Enter')
  await first.getByText('3 rows · 2 columns').waitFor()
  const inBrowser = await addCell(
    page,
    'SELECT upper(event_type) AS what, n * 2 AS twice FROM first',
  )
  await inBrowser.getByText('3 rows · 2 columns').waitFor()
  await inBrowser.getByText(/^browser · /).waitFor()
  const onServer = await addCell(
    page,
    'SELECT count(*) AS n FROM events JOIN first USING (event_type)',
  )
  await onServer.getByText('1 row · 1 column').waitFor()
  await onServer.getByText(/^server · /).waitFor()
  const wrong = await addCell(page, 'SELECT nope\nFROM first, events')
  await wrong.getByText(/line 1, column 8/).waitFor()
  await typeSql(page, 0, `${perType} ORDER BY n LIMIT 1`)
  await page.keyboard.press('Control+Enter')
  await inBrowser.getByText('1 row · 2 columns').waitFor()
  await screenshot('cells-read-cells')
  expect(await findBarriers(page)).toEqual([])
  forgive(expected)
  expect(troubles()).toEqual([])
})

test('what reads a live cell moves with it, and so does its tile', async () => {
  const { page, forgive, troubles } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, perType)
  await page.keyboard.press('Control+Enter')
  await cellAt(page, 0).getByText('3 rows · 2 columns').waitFor()
  const total = await addCell(page, 'SELECT sum(n) AS total FROM first')
  await total.getByText(/^browser · /).waitFor()
  await cellAt(page, 0)
    .getByRole('button', { name: /Keep the result live/ })
    .click()
  const [before] = await gridTexts(total)
  await expect.poll(async () => (await gridTexts(total))[0], { timeout: 20_000 }).not.toBe(before)
  await pinToNewDashboard(page, total, 'Of cells')
  const tile = page.getByRole('article')
  await tile.getByText(/^live ·/).waitFor()
  forgive(expected)
  expect(troubles()).toEqual([])
})

test('a file is read beside events, and is there again after the page was loaded anew', async () => {
  const { page, forgive, troubles, screenshot } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await drop(
    page,
    'Event names.csv',
    'event_type,label,big\nview,Seen,9007199254740993\ncart,In the cart,1\n',
  )
  const file = cellAt(page, 1)
  await file.getByText('2 rows · 3 columns').waitFor()
  expect(digitsOf((await gridTexts(file))[2])).toBe('9007199254740993')
  const joined = await addCell(
    page,
    'SELECT label, count(*) AS n FROM event_names JOIN events USING (event_type) GROUP BY 1 ORDER BY n DESC',
  )
  await joined.getByText('2 rows · 2 columns').waitFor()
  await joined.getByText(/^browser · /).waitFor()
  expect((await gridTexts(joined))[0]).toBe('Seen')
  await screenshot('dropped-file')
  expect(await findBarriers(page)).toEqual([])
  await page.getByText(/^saved/).waitFor()
  await page.reload()
  await joined.getByText('2 rows · 2 columns').waitFor()
  await drop(page, 'Event names.csv', 'event_type,label\npurchase,Bought\n')
  await file.getByText('1 row · 2 columns').waitFor()
  await joined.getByText('1 row · 2 columns').waitFor()
  await page.getByRole('button', { name: 'Forget Event names.csv' }).click()
  await joined.getByRole('button', { name: /^Run/ }).click()
  await joined.getByText(/event_names does not exist/).waitFor()
  forgive(expected)
  expect(troubles()).toEqual([])
})

test('JSON, Parquet and Arrow are read exactly; what is broken says so', async () => {
  const { page, forgive, troubles } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await drop(page, 'lines.ndjson', '{"id": 9007199254740993, "tags": ["a"]}\n{"id": 2}\n')
  await cellAt(page, 1).getByText('2 rows · 2 columns').waitFor()
  expect(digitsOf((await gridTexts(cellAt(page, 1)))[0])).toBe('9007199254740993')
  await drop(page, 'broken.json', '{"id": ')
  await cellAt(page, 2)
    .getByText(/broken\.json cannot be read as JSON/)
    .waitFor()
  const arrow = await fetch(`${here.millrace.url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/vnd.apache.arrow.stream' },
    body: JSON.stringify({ sql: 'SELECT 9007199254740993 AS id, 1.25::DECIMAL(9, 2) AS price' }),
  })
  await drop(page, 'one.arrows', Buffer.from(await arrow.arrayBuffer()))
  await cellAt(page, 3).getByText('1 row · 2 columns').waitFor()
  expect((await gridTexts(cellAt(page, 3))).map(digitsOf)).toEqual(['9007199254740993', '125'])
  const lake = join(here.millrace.folder, 'home', 'lake', 'products')
  const [parquet = ''] = (await readdir(lake, { recursive: true })).filter(name =>
    name.endsWith('.parquet'),
  )
  await drop(page, 'products copy.parquet', await readFile(join(lake, parquet)))
  await cellAt(page, 4)
    .getByText(/rows · \d+ columns/)
    .waitFor()
  const same = await addCell(
    page,
    'SELECT count(*) AS n FROM (FROM products_copy ANTI JOIN products USING (product_id, price))',
  )
  await same.getByText(/^browser · /).waitFor()
  expect(await gridTexts(same)).toEqual(['0'])
  await drop(page, 'photo.png', 'x')
  await page.getByText(/^photo\.png is no file of a kind/).waitFor()
  forgive(expected)
  expect(troubles()).toEqual([])
})

test('what the browser’s engine cannot do, the server does; what breaks it, breaks nothing else', async () => {
  const { page, forgive, troubles } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, 'SELECT \'{"a": 7}\' AS doc, now() AS time, range AS n FROM range(3000)')
  await page.keyboard.press('Control+Enter')
  await cellAt(page, 0).getByText('3,000 rows · 3 columns').waitFor()
  const json = await addCell(page, "SELECT json_extract(doc, '$.a') AS a FROM first LIMIT 1")
  await json.getByText(/^server · /).waitFor()
  expect(await gridTexts(json)).toEqual(['7'])
  const trap = await addCell(
    page,
    "SELECT date_trunc('day', time) = time AS midnight FROM first LIMIT 1",
  )
  await trap.getByText(/^server · /).waitFor()
  const memory = await addCell(
    page,
    'SELECT count(*) AS n FROM (SELECT DISTINCT a.n * 3000 + b.n, repeat(a.doc, 100) FROM first a, first b)',
  )
  await memory.getByRole('button', { name: 'Cancel' }).click()
  await memory.getByText(/Cancelled/).waitFor()
  const after = await addCell(page, 'SELECT count(*) AS n, sum(n) AS total FROM first')
  await after.getByText(/^browser · /).waitFor()
  expect(await gridTexts(after)).toEqual(['3,000', '4,498,500'])
  forgive(expected)
  expect(troubles()).toEqual([])
})
