import { expect, test } from 'vitest'
import { newNotebook, typeSql } from './edit-notebook.ts'
import { findBarriers } from './find-barriers.ts'
import { inBrowser } from './in-browser.ts'

const here = inBrowser({ demo: 'on', settings: { MILLRACE_DEMO_RATE: '50' }, events: 20_000 })

test('a live view is made in one cell, and moves in another', async () => {
  const { page, troubles } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  const cells = page.getByRole('group', { name: /^Cell/ })
  await typeSql(
    page,
    0,
    'CREATE LIVE VIEW by_type AS SELECT event_type, count(*) AS n FROM events GROUP BY 1',
  )
  await page.keyboard.press('Control+Enter')
  await cells.first().getByRole('gridcell', { name: 'created' }).waitFor()
  await page.getByRole('button', { name: 'live 5 views' }).click()
  await page.getByRole('button', { name: /^by_type/ }).click()
  await page.getByRole('button', { name: /^SQL/ }).last().click()
  await typeSql(page, 1, 'FROM live.by_type ORDER BY n DESC')
  await page.keyboard.press('Control+Enter')
  const reading = cells.nth(1)
  await reading.getByText('3 rows · 2 columns').waitFor()
  await reading.getByRole('button', { name: /Keep the result live/ }).click()
  await reading.getByText(/^live ·/).waitFor()
  const views = reading.getByRole('gridcell').nth(1)
  const before = await views.textContent()
  await expect.poll(() => views.textContent(), { timeout: 20_000 }).not.toBe(before)
  await typeSql(page, 0, 'DROP LIVE VIEW by_type')
  await page.getByText(/^saved/).waitFor()
  await page.reload()
  await reading.getByText('3 rows · 2 columns').waitFor()
  await page.getByRole('button', { name: 'live 5 views' }).waitFor()
  expect(troubles()).toEqual([])
})

test('what cannot be kept is refused with the reason, at its place', async () => {
  const { page } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await typeSql(
    page,
    0,
    'CREATE LIVE VIEW m AS SELECT brand, median(price) AS m FROM events GROUP BY 1',
  )
  await page.keyboard.press('Control+Enter')
  await page.getByText(/median cannot be put together from parts/).waitFor()
  await page.getByText(/line 1, column 3\d/).waitFor()
})

test('the notebook of live views has answers when it is first opened', async () => {
  const { page, screenshot, troubles } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/notebooks/live-views`)
  const best = page.getByRole('group', { name: 'Cell best_sellers' })
  await best.locator('canvas.marks').waitFor()
  await best.getByText(/^live ·/).waitFor()
  await screenshot('live-views')
  expect(await findBarriers(page)).toEqual([])
  expect(troubles()).toEqual([])
})
