import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What of WCAG 2.2 AA the page breaks, as axe sees it: the rule, and the elements. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axeFile, 'utf8'))
  const { violations } = await page.evaluate(runAxe, rules)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  )
}

/** Runs in the page. */
function runAxe(values: string[]): Promise<AxeResults> {
  const { axe } = window as unknown as { axe: typeof import('axe-core') }
  return axe.run(document, { runOnly: { type: 'tag', values } })
}
