import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { SetAsideAnswer } from '../contract/verification.ts'
import { type Action, removalOf, type Snapshot } from '../lake/delta-log.ts'
import type { Commit, DeltaTable } from '../lake/delta-table.ts'
import { type LostOffsets, lostText } from './attribute-losses.ts'
import { countOffsets } from './offset-range.ts'
import { setAsideDomain, setAsideFiles } from './set-aside-domain.ts'

/** The offsets of a stream that are lost with a file. */
export interface LostWithFile extends LostOffsets {
  readonly stream: string
}

/**
 * Takes a file that cannot be read out of its table, so that the rest can. What is lost with it stands in the commit and,
 * for as long as there is the table, in a domain of its metadata.
 * @param path within the table
 */
export async function setFileAside(
  table: DeltaTable,
  path: string,
  lost: readonly LostWithFile[],
  clock: Clock,
): Promise<SetAsideAnswer> {
  const at = clock.now()
  const file = table.filePath(path)
  const committed = await table.commit(snapshot =>
    removalCommit(snapshot, path, { file, at, lost }),
  )
  if (committed === undefined) {
    throw new Failure('nothing-to-set-aside', `${file} is not in its table any more.`)
  }
  const offsets = lost.flatMap(({ partitions }) => partitions.flatMap(({ ranges }) => ranges))
  const detail = `Version ${committed.version} of ${table.name} does without ${file}.`
  const losses = lost.map(each => lostText(each, each.stream))
  return { file, offsets: countOffsets(offsets), detail: detail + losses.join('') }
}

/**
 * Makes a damaged entry of a table's log needless: a new checkpoint holds what this process knows of the table. The entry
 * stays until vacuum, so that no other process takes its version for a free one.
 */
export async function setLogEntryAside(table: DeltaTable, file: string): Promise<SetAsideAnswer> {
  await table.writeCheckpoint(0)
  const { version } = table.snapshot
  const detail = `The checkpoint of version ${version} of ${table.name} holds what ${file} said: nothing is lost.`
  return { file, offsets: 0, detail }
}

function removalCommit(
  snapshot: Snapshot,
  path: string,
  removed: { file: string; at: number; lost: readonly LostWithFile[] },
): Commit | undefined {
  const entry = snapshot.files.get(path)
  if (entry === undefined) return undefined
  const { file, at, lost } = removed
  const domains = lost.map(({ stream, partitions }): Action => {
    const setAside = { file, at: new Date(at).toISOString(), partitions }
    const files = [...setAsideFiles(snapshot, stream), setAside]
    const configuration = JSON.stringify({ files })
    return { domainMetadata: { domain: setAsideDomain(stream), configuration, removed: false } }
  })
  return {
    operation: 'DELETE',
    actions: [{ remove: removalOf(entry, { at, dataChange: true }) }, ...domains],
    info: { millrace: { setAside: { file, lost } } },
  }
}
