import type { DocumentAddress, DocumentClient } from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import type { DashboardSessions } from '../dashboard/dashboard-sessions.ts'
import { followNotebook } from '../dashboard/follow-notebook.ts'
import type { DeletedDocument, Documents } from '../document/document-list.ts'
import type { OpenDocument } from '../document/open-document.ts'
import { saveFirst } from '../document/save-first.ts'
import type { NotebookSessions } from '../notebook/notebook-sessions.ts'

/** The documents, and all that the page holds of them. */
export interface PageDocuments {
  readonly documents: Documents
  readonly client: DocumentClient
  readonly notebooks: Pick<NotebookSessions, 'open' | 'find' | 'forget'>
  readonly dashboards: DashboardSessions
}

/**
 * Renames a document with all that belongs to it; gives in sentences what has not come along.
 * @throws ProblemError when it keeps its name
 */
export async function renameDocument(
  page: PageDocuments,
  address: DocumentAddress,
  to: string,
): Promise<readonly string[]> {
  const { kind, name: from } = address
  const before = sessionsOf(page, kind).find(to)
  if (before) await saveFirst(before)
  await saveFirst(open(page, address))
  const { hasFiles } = await page.documents.rename(address, to)
  const left = hasFiles ? [] : [`Files that were dropped on ${from} are gone: drop them again.`]
  if (kind === 'notebooks') left.push(...(await repointTiles(page, { from, to })))
  for (const name of [from, to]) sessionsOf(page, kind).forget(name)
  return left
}

/** @throws ProblemError when it is still there */
export async function deleteDocument(
  page: PageDocuments,
  address: DocumentAddress,
): Promise<DeletedDocument> {
  await saveFirst(open(page, address))
  const deleted = await page.documents.remove(address)
  sessionsOf(page, address.kind).forget(address.name)
  return deleted
}

/**
 * Brings a document back; gives the name that it has, and in sentences what has not come back.
 * @throws ProblemError when it could not be saved
 */
export async function restoreDocument(
  page: PageDocuments,
  deleted: DeletedDocument,
): Promise<{ name: string; left: readonly string[] }> {
  const { name, hasFiles } = await page.documents.restore(deleted)
  const sessions = sessionsOf(page, deleted.address.kind)
  // A tile may have looked for it meanwhile, in vain.
  if (sessions.find(name)?.current === null) sessions.forget(name)
  const left = hasFiles ? [] : [`Files that were dropped on ${name} are gone: drop them again.`]
  return { name, left }
}

async function repointTiles(
  { documents, client, dashboards }: PageDocuments,
  { from, to }: { from: string; to: string },
): Promise<string[]> {
  try {
    await dashboards.saveAll()
    const names = documents.summaries('dashboards').map(({ name }) => name)
    await followNotebook(client, names, { from, to })
    return []
  } catch (error) {
    const { detail } = problemOf(error)
    return [
      `Some tiles still look for ${from}: ${detail} Rename it back and try again, or pin their cells anew.`,
    ]
  } finally {
    await dashboards.refresh()
  }
}

function sessionsOf(page: PageDocuments, kind: DocumentAddress['kind']) {
  return kind === 'notebooks' ? page.notebooks : page.dashboards
}

function open(page: PageDocuments, { kind, name }: DocumentAddress): OpenDocument {
  return kind === 'notebooks' ? page.notebooks.open(name).document : page.dashboards.open(name)
}
