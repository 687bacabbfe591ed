import type { Locator, Page } from 'playwright-core'

/** Opens a new notebook, as the analyst does, and waits for its first cell. */
export async function newNotebook(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: 'New notebook' }).click()
  await page.waitForURL('**/notebooks/untitled-notebook*')
  await page.getByRole('group', { name: 'Cell first' }).waitFor()
}

/** Types a statement over what is in the editor of a cell. */
export async function typeSql(page: Page, cell: number, sql: string): Promise<void> {
  const frame = page.getByRole('group', { name: /^Cell/ }).nth(cell)
  await frame.getByRole('textbox', { name: /^SQL/ }).first().focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(sql)
}

/** Pins a cell to a dashboard that is made for it, and opens that. */
export async function pinToNewDashboard(page: Page, cell: Locator, title: string): Promise<void> {
  await cell.getByRole('button', { name: 'Pin', exact: true }).click()
  await page.getByRole('radio', { name: 'A new dashboard' }).check()
  await page.getByRole('textbox', { name: 'Title of the new dashboard' }).fill(title)
  await page.getByRole('dialog').getByRole('button', { name: 'Pin' }).click()
  await page.getByRole('button', { name: 'Open', exact: true }).click()
}
