import { expect, test } from 'vitest'
import { newNotebook } from './edit-notebook.ts'
import { findBarriers } from './find-barriers.ts'
import { inBrowser } from './in-browser.ts'

const here = inBrowser({ demo: 'on' })

for (const theme of ['light', 'dark'] as const) {
  test(`the first address leads to the store overview, with a chart, in ${theme}`, async () => {
    const { page, troubles, screenshot } = await here.browser.newPage({ theme })
    await page.goto(here.millrace.url)
    await page.waitForURL('**/notebooks/store-overview')
    await page.locator('canvas.marks, svg.marks').first().waitFor()
    await page
      .getByText(/^[1-9]\d* rows/)
      .first()
      .waitFor()
    await screenshot(`first-page-${theme}`)
    expect(await findBarriers(page)).toEqual([])
    expect(troubles()).toEqual([])
  })
}

test('a new notebook is opened while the list of notebooks is still to come', async () => {
  const { page } = await here.browser.newPage()
  await page.route('**/api/documents', () => {})
  await newNotebook(page, here.millrace.url)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

test('the description of the API opens without breaking the policy', async () => {
  const { page, troubles } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/api/docs`)
  await page.getByText('/api/query').first().waitFor()
  expect(troubles()).toEqual([])
})

test('what a page of the policy refuses is noticed', async () => {
  const { page, troubles } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/docs/settings.md`)
  await page.goto(here.millrace.url)
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'document.title = "refused"'
    document.head.append(script)
  })
  expect(await page.title()).not.toBe('refused')
  expect(troubles().some(trouble => trouble.startsWith('policy: script-src'))).toBe(true)
})
