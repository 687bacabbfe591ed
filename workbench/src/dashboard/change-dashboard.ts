import type { Dashboard } from '../../../backend/contract/documents.ts'
import { type DocumentClient, unknownDocumentCode } from '../api-client/document-client.ts'
import { ProblemError } from '../api-client/problem-error.ts'
import { parseDashboard, serialiseDashboard } from './dashboard-file.ts'

const attemptsMax = 5

/** The file of a dashboard cannot be used. */
export class UnusableDashboard extends Error {}

/**
 * Changes a dashboard of the server, and goes on from what others save meanwhile.
 * @throws ProblemError when it cannot be saved, UnusableDashboard when the file is none
 */
export async function changeDashboard(
  client: DocumentClient,
  name: string,
  change: (dashboard: Dashboard) => Dashboard,
): Promise<void> {
  let version = await client.read({ kind: 'dashboards', name })
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const parsed = parseDashboard(version.text)
    if ('problem' in parsed) {
      throw new UnusableDashboard(`The file of ${name} cannot be used: ${parsed.problem}.`)
    }
    const changed = change(parsed.dashboard)
    if (changed === parsed.dashboard) return
    const text = serialiseDashboard(changed)
    const answer = await client.write({ kind: 'dashboards', name }, text, { etag: version.etag })
    if ('saved' in answer) return
    version = answer.changed
  }
  throw new Error(`Others save ${name} all the time. Try again.`)
}

/**
 * Changes several dashboards. A file that cannot be used, or is not there any more, has nothing to change.
 * @throws ProblemError when one cannot be saved; the others have been
 */
export async function changeDashboards(
  client: DocumentClient,
  names: readonly string[],
  change: (dashboard: Dashboard) => Dashboard,
): Promise<void> {
  const changes = await Promise.allSettled(names.map(name => changeDashboard(client, name, change)))
  for (const outcome of changes) {
    if (outcome.status === 'rejected' && !hasNoTiles(outcome.reason)) throw outcome.reason
  }
}

function hasNoTiles(reason: unknown): boolean {
  if (reason instanceof UnusableDashboard) return true
  return reason instanceof ProblemError && reason.problem.code === unknownDocumentCode
}
