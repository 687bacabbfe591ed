import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { clusterProfile } from '../../cluster/testing/cluster-profile.ts'
import { newNotebook, pinToNewDashboard, typeSql } from './edit-notebook.ts'
import { type OpenBrowser, openBrowser } from './open-browser.ts'
import { type RunningMillrace, startMillrace } from './start-millrace.ts'
import { untilEvents } from './until-events.ts'

const startMsMax = 180_000
const sparkMsMax = 90_000
let millrace: RunningMillrace
let browser: OpenBrowser

beforeAll(async () => {
  const settings = { ...clusterProfile(inject('cluster')), MILLRACE_DEMO_RATE: '20' }
  millrace = await startMillrace({ demo: 'on', settings })
  browser = await openBrowser()
  await untilEvents(millrace.url, 20_000)
}, startMsMax)
beforeEach(() => millrace.explainFailure())
afterAll(async () => {
  await browser?.close()
  await millrace?.close()
})

const perType = 'SELECT event_type, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC'

test.skipIf(process.env.CHROMIUM_PATH === '')(
  'in Chromium: a live chart over the cluster, and the same statement on Spark',
  async () => {
    const { page, screenshot, troubles } = await browser.newPage()
    await newNotebook(page, millrace.url)
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
    const text = await readFile(join(millrace.folder, 'notebooks', 'untitled-notebook.md'), 'utf8')
    expect(text).toContain('engine=spark')
    await screenshot('notebook-cluster')

    await pinToNewDashboard(page, spark, 'From Spark')
    const tile = page.getByRole('article')
    await tile.locator('canvas.marks').waitFor({ timeout: sparkMsMax })
    await screenshot('dashboard-cluster')
    expect(troubles()).toEqual([])
  },
)
