import type { Page } from 'playwright-core'

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
