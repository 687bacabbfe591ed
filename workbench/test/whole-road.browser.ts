import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newNotebook, pinToNewDashboard, typeSql } from './edit-notebook.ts'
import { findBarriers } from './find-barriers.ts'
import { inBrowser } from './in-browser.ts'
import { startMillrace } from './start-millrace.ts'

const here = inBrowser({ demo: 'on', settings: { MILLRACE_DEMO_RATE: '50' }, events: 20_000 })

const perType = 'SELECT event_type, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC'

test('from a statement to a dashboard that moves', async () => {
  const { page, troubles, screenshot } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, perType)
  await page.keyboard.press('Control+Enter')
  const cell = page.getByRole('group', { name: 'Cell first' })
  await cell.getByText('3 rows · 2 columns').waitFor()
  await cell.getByRole('button', { name: 'Chart', exact: true }).click()
  await cell.locator('canvas.marks').waitFor()
  await cell.getByRole('button', { name: /Keep the result live/ }).click()
  await cell.getByText(/^live ·/).waitFor()
  await page.getByText(/^saved/).waitFor()
  const text = await readFile(
    join(here.millrace.folder, 'notebooks', 'untitled-notebook.md'),
    'utf8',
  )
  expect(text).toContain(perType)
  await page.reload()
  await cell.locator('canvas.marks').waitFor()
  await cell.getByText(/^live ·/).waitFor()
  await screenshot('notebook-new')
  await pinToNewDashboard(page, cell, 'My wall')
  await page.waitForURL('**/dashboards/my-wall')
  const tile = page.getByRole('article', { name: 'First' })
  await tile.locator('canvas.marks').waitFor()
  await tile.getByRole('button', { name: /^More for/ }).click()
  await page.getByRole('menuitemradio', { name: 'Table' }).click()
  const views = tile.getByRole('gridcell').nth(1)
  const before = await views.textContent()
  await expect.poll(() => views.textContent(), { timeout: 20_000 }).not.toBe(before)
  expect(troubles()).toEqual([])
})

test('tiles are moved, and stay where they were put', async () => {
  const { page, screenshot } = await here.browser.newPage({ theme: 'dark' })
  await page.goto(`${here.millrace.url}/dashboards/wall`)
  const tile = page.getByRole('article', { name: 'Revenue by brand' })
  await tile.locator('canvas.marks').waitFor()
  await page.getByText(/all within/).waitFor()
  await screenshot('dashboard-dark')
  expect(await findBarriers(page)).toEqual([])
  await page.getByRole('button', { name: 'Edit layout' }).click()
  await page
    .getByRole('article', { name: 'Dead letters' })
    .getByRole('button', { name: /^More for/ })
    .click()
  await page.getByRole('menuitem', { name: 'Move or resize with keys' }).click()
  await page.getByText(/^Arrow keys move/).waitFor()
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('Enter')
  await page.getByText(/^saved/).waitFor()
  const text = await readFile(
    join(here.millrace.folder, 'notebooks', 'wall.dashboard.json'),
    'utf8',
  )
  expect(JSON.parse(text).tiles.at(-1).place).toMatchObject({ x: 6, w: 5 })
})

test('a tile is dragged by its title, and stands below the others where there is no room', async () => {
  const { page, screenshot } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/dashboards/wall`)
  const tile = page.getByRole('article', { name: 'Traffic by event type' })
  await tile.locator('canvas.marks').waitFor()
  await page.getByRole('button', { name: 'Edit layout' }).click()
  const placeOf = async () => (await tile.boundingBox()) ?? { x: 0, y: 0, height: 0 }
  const before = await placeOf()
  await page.mouse.move(before.x + 40, before.y + 18)
  await page.mouse.down()
  await page.mouse.move(before.x + 40, before.y + 318, { steps: 20 })
  await page.mouse.up()
  await expect.poll(async () => (await placeOf()).y).toBeGreaterThan(before.y + 100)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.setViewportSize({ width: 600, height: 900 })
  await expect.poll(async () => (await placeOf()).height).toBeGreaterThan(200)
  await screenshot('dashboard-narrow')
})

test('a spec of a chart is kept as it is typed, also when it is not JSON yet', async () => {
  const { page } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, perType)
  await page.keyboard.press('Control+Enter')
  const cell = page.getByRole('group', { name: 'Cell first' })
  await cell.getByRole('button', { name: 'Chart', exact: true }).click()
  await cell.getByRole('button', { name: 'Edit the chart' }).click()
  await cell.getByRole('button', { name: 'Spec', exact: true }).click()
  const spec = cell.getByRole('textbox', { name: 'Vega-Lite spec' })
  await spec.press('Control+a')
  await page.keyboard.type('{"mark": "ba')
  await cell.getByText(/^Not JSON yet/).waitFor()
  await cell.locator('canvas.marks').waitFor()
  await cell.getByRole('button', { name: 'Choose', exact: true }).click()
  expect(await spec.inputValue()).toBe('{"mark": "ba')
  await cell.getByRole('button', { name: 'Close', exact: true }).click()
  await cell.getByText(/^The spec of this chart is not JSON/).waitFor()
  await page.getByText(/^saved/).waitFor()
  await page.reload()
  await spec.press('Control+End')
  await page.keyboard.type('r"}')
  await cell.locator('canvas.marks').waitFor()
  expect(await spec.inputValue()).toBe('{"mark": "bar"}')
})

test('a mistake is shown with its place and what was meant', async () => {
  const { page, screenshot } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, 'SELECT prise FROM events')
  await page.keyboard.press('Control+Enter')
  await page.getByText(/Did you mean "price"/).waitFor()
  await page.getByText('line 1, column 8').waitFor()
  await screenshot('mistake')
})

test('ten million rows are shown as the part that they are, and the page goes on', async () => {
  const { page } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, 'SELECT range AS n FROM range(10000000)')
  await page.keyboard.press('Control+Enter')
  await page.getByText(/^[\d,]+ of 10,000,000 rows/).waitFor()
  await typeSql(page, 0, 'SELECT 42 AS answer')
  await page.keyboard.press('Control+Enter')
  await page.getByText('1 row · 1 column').waitFor()
})

test('a statement that runs long says so, and is cancelled', async () => {
  const { page } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, 'SELECT count(*) FROM range(1000000000000)')
  await page.keyboard.press('Control+Enter')
  await page.getByText(/^running/).waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText(/Cancelled; the engine confirmed/).waitFor()
})

test('two tabs that save one notebook get to see both versions', async () => {
  const first = await here.browser.newPage()
  const second = await here.browser.newPage()
  await newNotebook(first.page, here.millrace.url)
  await second.page.goto(first.page.url())
  await second.page.getByRole('group', { name: 'Cell first' }).waitFor()
  await typeSql(first.page, 0, "SELECT 'mine'")
  await first.page.getByText(/^saved/).waitFor()
  await typeSql(second.page, 0, "SELECT 'theirs'")
  await second.page.getByRole('button', { name: 'Keep mine' }).waitFor()
  await second.screenshot('conflict')
  await second.page.getByRole('button', { name: 'Keep mine' }).click()
  await second.page.getByText(/^saved/).waitFor()
  second.forgive(/412/)
  expect(second.troubles()).toEqual([])
})

test('a corrupted file is told and left as it is', async () => {
  const file = join(here.millrace.folder, 'notebooks', 'broken.dashboard.json')
  await writeFile(file, '{"title": "Br')
  await writeFile(
    join(here.millrace.folder, 'notebooks', 'binary.md'),
    Buffer.from([0xff, 0xfe, 0x41]),
  )
  const { page } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/dashboards/broken`)
  await page.getByText('This file is no dashboard').waitFor()
  await page.goto(`${here.millrace.url}/notebooks/binary`)
  await page
    .getByText(/no UTF-8 text/)
    .first()
    .waitFor()
  expect(await readFile(file, 'utf8')).toBe('{"title": "Br')
})

test('what is typed while the server is away is kept, and saved when it is back', async () => {
  const own = await startMillrace({ demo: 'off' })
  const { page } = await here.browser.newPage()
  await page.goto(`${own.url}/notebooks/data-quality`)
  await page.getByRole('group', { name: 'Cell missing' }).waitFor()
  await own.end('SIGKILL')
  await page
    .getByText(/Millrace does not answer/)
    .first()
    .waitFor()
  await typeSql(page, 2, "SELECT 'kept' AS word")
  const port = new URL(own.url).port
  const again = await startMillrace({
    demo: 'off',
    folder: own.folder,
    settings: { MILLRACE_PORT: port },
  })
  await page.getByText(/^saved/).waitFor()
  const text = await readFile(join(again.folder, 'notebooks', 'data-quality.md'), 'utf8')
  expect(text).toContain("SELECT 'kept' AS word")
  await again.end()
  await own.close()
})

test('the stream page shows that every offset is accounted for', async () => {
  const { page, screenshot, troubles } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/streams/events`)
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor()
  await expect
    .poll(() => page.getByLabel('Every offset is accounted for').count(), { timeout: 20_000 })
    .toBe(4)
  await page.getByRole('button', { name: 'Verify now' }).click()
  await page
    .getByText('Every offset is accounted for, once, and all is as it was written.')
    .waitFor()
  await screenshot('stream')
  expect(await findBarriers(page)).toEqual([])
  expect(troubles()).toEqual([])
})
