import { expect, test } from 'vitest'
import { newNotebook, typeSql } from './edit-notebook.ts'
import { inBrowser } from './in-browser.ts'

const here = inBrowser({ demo: 'on', settings: { MILLRACE_DEMO_RATE: '20' }, events: 10_000 })

test('columns of the tables that a statement reads are completed', async () => {
  const { page, screenshot } = await here.browser.newPage()
  await newNotebook(page, here.millrace.url)
  const cell = page.getByRole('group', { name: 'Cell first' })
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

test('Escape closes the list first, and leaves the editor then', async () => {
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
  await page.keyboard.type('unt(*)')
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
