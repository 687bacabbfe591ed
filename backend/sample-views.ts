import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from './base/log.ts'
import type { Millrace } from './compose.ts'
import { changesDefinitions } from './contract/definition-statement.ts'
import { cellBody, parseNotebook } from './contract/notebook-format.ts'

const notebookFile = 'live-views.md'

/** Makes the live views of the sample notebook, where it is there, so that it has answers when it is first opened. */
export async function makeSampleViews(
  { queries }: Pick<Millrace, 'queries'>,
  notebooksFolder: string,
  log: Log,
): Promise<void> {
  const text = await readFile(join(notebooksFolder, notebookFile), 'utf8').catch(() => '')
  const { signal } = new AbortController()
  for (const cell of parseNotebook(text).cells) {
    const sql = cell.kind === 'sql' ? cellBody(cell) : ''
    if (!changesDefinitions(sql)) continue
    try {
      const { result } = await queries.run({ sql }, signal)
      for await (const _ of result.messages);
    } catch (error) {
      log.warn({ err: error }, 'a live view of the sample notebook cannot be made')
    }
  }
}
