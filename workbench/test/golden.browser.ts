import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { goldenStatements } from './golden-statements.ts'
import { inBrowser } from './in-browser.ts'

const here = inBrowser({ demo: 'on', settings: { MILLRACE_DEMO_RATE: '0' }, events: 15_000 })

/** One row that says how many rows there are, and what is in them in whatever order. */
function digestOf(statement: string): string {
  return `SELECT count(*) AS n, md5(string_agg(t::VARCHAR, '|' ORDER BY t::VARCHAR)) AS digest
FROM (${statement}) AS t`
}

async function rowOfServer(sql: string): Promise<unknown[]> {
  const answer = await fetch(`${here.millrace.url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ sql }),
  })
  const { rows = [], detail } = (await answer.json()) as { rows?: unknown[][]; detail?: string }
  return rows[0] ?? [detail]
}

/** Waits until the history has been made. */
async function untilStill(): Promise<void> {
  let before: unknown
  for (;;) {
    const [count] = await rowOfServer('SELECT count(*) FROM events')
    if (count === before) return
    before = count
    await sleep(1_500)
  }
}

test('the browser answers what the server answers', async () => {
  await untilStill()
  const cells = goldenStatements.map(
    (sql, i) => `\`\`\`sql name=g${i} engine=browser\n${digestOf(sql)}\n\`\`\`\n`,
  )
  await writeFile(join(here.millrace.folder, 'notebooks', 'golden.md'), cells.join('\n'))
  const { page, troubles } = await here.browser.newPage()
  await page.goto(`${here.millrace.url}/notebooks/golden`)
  const different: unknown[] = []
  for (const [i, sql] of goldenStatements.entries()) {
    const cell = page.getByRole('group', { name: `Cell g${i}`, exact: true })
    await cell.scrollIntoViewIfNeeded()
    const answer = cell.getByText('1 row · 2 columns').or(cell.getByRole('alert'))
    await answer.first().waitFor({ timeout: 120_000 })
    const [n = '', digest] = await cell.getByRole('gridcell').allTextContents()
    const problem = await cell.getByRole('alert').allTextContents()
    const inBrowser = [n.replaceAll(',', ''), digest, ...problem]
    const onServer = (await rowOfServer(digestOf(sql))).map(String)
    const isAlike = isDeepStrictEqual(inBrowser, onServer) && inBrowser[0] !== '0'
    if (!isAlike) different.push({ sql, inBrowser, onServer })
  }
  expect(different).toEqual([])
  expect(troubles()).toEqual([])
}, 240_000)
