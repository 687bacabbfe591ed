import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newNotebook, typeSql } from './edit-notebook.ts'
import { inBrowser } from './in-browser.ts'

const here = inBrowser({ demo: 'on', settings: { MILLRACE_DEMO_RATE: '20' }, events: 10_000 })

test('columns of the tables that a statement reads are completed', async () => {
  const { page, screenshot } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  const cell = page.getByRole('group', { name: 'Cell first' })
  await page.getByText('event_time', { exact: true }).first().waitFor()
  await typeSql(page, 0, 'SELECT count(*) AS n FROM events AS e WHERE e.')
  await cell.locator('.monaco-editor').waitFor()
  await page.keyboard.type('bra')
  const list = page.locator('.suggest-widget.visible')
  await list.getByText('brand').first().waitFor()
  await screenshot('completion')
  await page.keyboard.press('Tab')
  await page.keyboard.type(" = 'apple'")
  await page.keyboard.press('Control+Enter')
  await cell.getByText('1 row · 1 column').waitFor()
})

test('Escape and a run close the list first, and Escape leaves the editor then', async () => {
  const { page } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  const cell = page.getByRole('group', { name: 'Cell first' })
  await typeSql(page, 0, 'SELECT ')
  await cell.locator('.monaco-editor').waitFor()
  await page.keyboard.type('co')
  const list = page.locator('.suggest-widget.visible')
  await list.waitFor()
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'hidden' })
  await page.keyboard.type('unt(*) AS n')
  await list.waitFor()
  await page.keyboard.press('Control+Enter')
  await list.waitFor({ state: 'hidden' })
  await page.keyboard.press('Escape')
  await page.keyboard.press('b')
  await expect.poll(() => page.getByRole('group', { name: /^Cell/ }).count()).toBe(2)
})

test('a menu stays open while the editor is made ready', async () => {
  const { page } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  await page.getByRole('button', { name: /^SQL/ }).last().click()
  const cell = page.getByRole('group', { name: /^Cell/ }).nth(1)
  await typeSql(page, 1, 'SELECT 1')
  await cell.getByRole('button', { name: 'More for this cell' }).click()
  await cell.locator('.monaco-editor').waitFor()
  await page.getByRole('menuitem', { name: 'Run on the server' }).click()
  await cell.getByText('1 row · 1 column').waitFor()
  await cell.getByText(/^server · /).waitFor()
})

test('a cell that is renamed is read under its new name, which nobody else can have', async () => {
  const { page } = await here.browser.newPage()
  const source = 'SELECT brand, count(*) AS n FROM events GROUP BY ALL'
  const cells = await twoCells(page, [source, 'SELECT sum(n) FROM first'])
  await cells.nth(1).getByText('1 row · 1 column').waitFor()
  const name = (cell: number) => cells.nth(cell).getByLabel('Name of the cell')
  await name(0).fill('per_brand')
  await page.keyboard.press('Enter')
  await expect.poll(() => cells.nth(1).textContent()).toContain('per_brand')
  expect(await cells.nth(1).getByText('changed').count()).toBe(0)
  await name(1).fill('per_brand')
  await page.keyboard.press('Enter')
  await page.getByText('“per_brand”: another cell has this name').waitFor()
  expect(await name(1).inputValue()).not.toBe('per_brand')
  await name(1).focus()
  await expect.poll(() => page.getByText('another cell has this name').count()).toBe(0)
  await cells.nth(1).getByRole('button', { name: /^Run/ }).click()
  await cells.nth(1).getByText('1 row · 1 column').waitFor()
})

test('a cell goes on with what it reads under its new name', async () => {
  const { page } = await here.browser.newPage()
  const cells = await twoCells(page, ['SELECT 7 AS n', 'SELECT n * 6 AS answer FROM first'])
  await cells.nth(1).getByText('42').waitFor()
  await cells.nth(0).getByLabel('Name of the cell').fill('seven')
  await page.keyboard.press('Enter')
  await expect.poll(() => cells.nth(1).textContent()).toContain('seven')
  await cells.nth(0).locator('.view-lines').click()
  await typeSql(page, 0, 'SELECT 8 AS n')
  await page.keyboard.press('Control+Enter')
  await cells.nth(1).getByText('48').waitFor()
})

/** A new notebook of two cells, of which the second one runs. */
async function twoCells(page: Page, [first, second]: readonly [string, string]): Promise<Locator> {
  await newNotebook(page, here.millrace.url)
  await typeSql(page, 0, first)
  await page.getByRole('button', { name: /^SQL/ }).last().click()
  await typeSql(page, 1, second)
  await page.keyboard.press('Control+Enter')
  return page.getByRole('group', { name: /^Cell/ })
}
