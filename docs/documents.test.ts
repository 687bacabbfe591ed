import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { problems } from '../backend/base/problems.ts'
import { settings } from '../backend/config.ts'

function page(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8')
}

test('docs/problems.md explains every problem, and no other', async () => {
  const text = await page('problems.md')
  const explained = [...text.matchAll(/^### (\S+)$/gm)].map(([, code]) => code)
  expect(explained.sort()).toEqual(Object.keys(problems).sort())
})

test('docs/settings.md lists every setting with what it is and what it must be', async () => {
  const text = await page('settings.md')
  const [list = '', defaults = ''] = text.split('## Defaults')
  const told = Object.fromEntries(rowsOf(list))
  const known = Object.entries(settings).map(([name, { description, expected }]) => [
    name,
    [description, expected],
  ])
  expect(told).toEqual(Object.fromEntries(known))
  expect(rowsOf(defaults).map(([name]) => name)).toEqual(Object.keys(settings))
})

/** The rows of a table whose first column names settings. */
function rowsOf(markdown: string): [string, string[]][] {
  const lines = markdown.split('\n').filter(line => line.startsWith('| `MILLRACE_'))
  return lines.map(line => {
    const [name = '', ...rest] = line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
    return [name.replaceAll('`', ''), rest]
  })
}
