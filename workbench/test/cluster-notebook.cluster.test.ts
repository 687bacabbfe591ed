import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { clusterProfile } from '../../cluster/testing/cluster-profile.ts'
import { newNotebook, pinToNewDashboard, typeSql } from './edit-notebook.ts'
import { inBrowser } from './in-browser.ts'

const sparkMsMax = 90_000
const here = inBrowser({
  demo: 'on',
  settings: { ...clusterProfile(inject('cluster')), MILLRACE_DEMO_RATE: '20' },
  events: 20_000,
})

const perType = 'SELECT event_type, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC'

test.skipIf(process.env.CHROMIUM_PATH === '')(
  'in Chromium: a live chart over the cluster, and the same statement on Spark',
  async () => {
    const { page, screenshot, troubles } = await here.browser.newPage()
    await newNotebook(page, here.millrace.url)
    await typeSql(page, 0, perType)
    await page.keyboard.press('Control+Enter')
    const cell = page.getByRole('group', { name: 'Cell first' })
    await cell.getByText('3 rows · 2 columns').waitFor()
    await cell.getByRole('button', { name: /Keep the result live/ }).click()
    await cell.getByText(/^live ·/).waitFor()
    const views = cell.getByRole('gridcell').nth(1)
    const before = await views.textContent()
    await expect.poll(() => views.textContent(), { timeout: 30_000 }).not.toBe(before)
    await cell.getByRole('button', { name: 'Chart', exact: true }).click()
    await cell.locator('canvas.marks').waitFor()

    await page.getByRole('button', { name: /^SQL/ }).last().click()
    const spark = page.getByRole('group', { name: /^Cell/ }).nth(1)
    await typeSql(page, 1, perType)
    await spark.getByRole('button', { name: 'More for this cell' }).click()
    await page.getByRole('menuitem', { name: 'Run on Spark' }).click()
    await spark.getByText('3 rows · 2 columns').waitFor({ timeout: sparkMsMax })
    await spark.getByText(/^spark · /).waitFor()
    await page.getByText(/^saved/).waitFor()
    const text = await readFile(
      join(here.millrace.folder, 'notebooks', 'untitled-notebook.md'),
      'utf8',
    )
    expect(text).toContain('engine=spark')
    await screenshot('notebook-cluster')

    await pinToNewDashboard(page, spark, 'From Spark')
    const tile = page.getByRole('article')
    await tile.locator('canvas.marks').waitFor({ timeout: sparkMsMax })
    await screenshot('dashboard-cluster')
    expect(troubles()).toEqual([])
  },
)
