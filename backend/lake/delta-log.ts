import { Failure } from '../base/failure.ts'
import { sealCommit, sealOf } from './checksum.ts'

/** The actions of a Delta log that Millrace writes and reads; names and meaning are the protocol's own. */
export interface AddFile {
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly size: number
  readonly modificationTime: number
  readonly dataChange: boolean
  /** JSON text, never parsed on the way: its numbers may be beyond 2^53. */
  readonly stats?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface RemoveFile {
  readonly path: string
  readonly deletionTimestamp: number
  readonly dataChange: boolean
  readonly extendedFileMetadata: boolean
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly size: number
}

export interface Transaction {
  readonly appId: string
  readonly version: number
  readonly lastUpdated: number
}

export interface MetaData {
  readonly id: string
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> }
  readonly schemaString: string
  readonly partitionColumns: readonly string[]
  readonly configuration: Readonly<Record<string, string>>
  readonly createdTime: number
}

export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures: readonly string[]
  readonly writerFeatures: readonly string[]
}

export interface DomainMetadata {
  readonly domain: string
  readonly configuration: string
  readonly removed: boolean
}

export interface CommitInfo {
  readonly timestamp: number
  readonly operation: string
  readonly [member: string]: unknown
}

export type Action =
  | { readonly add: AddFile }
  | { readonly remove: RemoveFile }
  | { readonly txn: Transaction }
  | { readonly metaData: MetaData }
  | { readonly protocol: Protocol }
  | { readonly domainMetadata: DomainMetadata }
  | { readonly commitInfo: CommitInfo }

/** What a table is at one version: never changed, so that readers may keep it. */
export interface Snapshot {
  readonly version: number
  readonly protocol: Protocol | undefined
  readonly metaData: MetaData | undefined
  /** Path → file. */
  readonly files: ReadonlyMap<string, AddFile>
  /** Path → file that was removed and may still be read by others. */
  readonly tombstones: ReadonlyMap<string, RemoveFile>
  /** Application → its last transaction. */
  readonly transactions: ReadonlyMap<string, Transaction>
  /** Domain → its configuration. */
  readonly domains: ReadonlyMap<string, string>
}

export const emptySnapshot: Snapshot = {
  version: -1,
  protocol: undefined,
  metaData: undefined,
  files: new Map(),
  tombstones: new Map(),
  transactions: new Map(),
  domains: new Map(),
}

/** The protocol features of every table that Millrace makes. */
export const millraceProtocol: Protocol = {
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: ['timestampNtz'],
  writerFeatures: ['timestampNtz', 'domainMetadata'],
}

const knownReaderFeatures = new Set(['timestampNtz'])

/**
 * The snapshot after the actions of one more version.
 * @throws Failure `lake-corrupt` when the table needs a reader that this is not
 */
export function applyActions(
  snapshot: Snapshot,
  version: number,
  actions: Iterable<Action>,
): Snapshot {
  let { protocol, metaData } = snapshot
  const files = new Map(snapshot.files)
  const tombstones = new Map(snapshot.tombstones)
  const transactions = new Map(snapshot.transactions)
  const domains = new Map(snapshot.domains)
  for (const action of actions) {
    if ('add' in action) {
      files.set(action.add.path, action.add)
      tombstones.delete(action.add.path)
    } else if ('remove' in action) {
      files.delete(action.remove.path)
      tombstones.set(action.remove.path, action.remove)
    } else if ('txn' in action) transactions.set(action.txn.appId, action.txn)
    else if ('metaData' in action) metaData = action.metaData
    else if ('protocol' in action) protocol = readable(action.protocol)
    else if ('domainMetadata' in action) {
      const { domain, configuration, removed } = action.domainMetadata
      if (removed) domains.delete(domain)
      else domains.set(domain, configuration)
    }
  }
  return { version, protocol, metaData, files, tombstones, transactions, domains }
}

/** Everything that a checkpoint of the snapshot holds. */
export function* actionsOf(snapshot: Snapshot, tombstonesSince: number): Generator<Action> {
  if (snapshot.protocol) yield { protocol: snapshot.protocol }
  if (snapshot.metaData) yield { metaData: snapshot.metaData }
  for (const txn of snapshot.transactions.values()) yield { txn }
  for (const [domain, configuration] of snapshot.domains) {
    yield { domainMetadata: { domain, configuration, removed: false } }
  }
  for (const add of snapshot.files.values()) yield { add: { ...add, dataChange: false } }
  for (const remove of snapshot.tombstones.values()) {
    if (remove.deletionTimestamp >= tombstonesSince) {
      yield { remove: { ...remove, dataChange: false } }
    }
  }
}

/** @param removed.dataChange false when its rows are in other files of the same commit */
export function removalOf(
  file: AddFile,
  removed: { readonly at: number; readonly dataChange: boolean },
): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: removed.at,
    dataChange: removed.dataChange,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
  }
}

/** The text of a commit; its first action is the `commitInfo`. */
export function serialiseCommit(actions: Iterable<Action>): string {
  return sealCommit(serialiseActions(actions))
}

export function serialiseActions(actions: Iterable<Action>): string {
  return [...actions].map(action => `${JSON.stringify(action)}\n`).join('')
}

/** @throws Failure `lake-corrupt` when the text is not the one that was written */
export function parseCommit(text: string, where: string): Action[] {
  if (sealOf(text) !== 'damaged') return parseActions(text, where)
  throw new Failure('lake-corrupt', `${where} does not match its checksum.`, {
    hint: 'The file was damaged outside Millrace: see docs/reliability.md#a-damaged-commit.',
  })
}

/** @throws Failure `lake-corrupt` naming the line */
export function parseActions(text: string, where: string): Action[] {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Action
    } catch (error) {
      throw new Failure('lake-corrupt', `Line ${index + 1} of ${where} is not JSON.`, {
        hint: 'The file was damaged outside Millrace: see docs/reliability.md#a-damaged-commit.',
        cause: error,
      })
    }
  })
}

export function commitName(version: number): string {
  return `${String(version).padStart(20, '0')}.json`
}

export function checkpointName(version: number): string {
  return `${String(version).padStart(20, '0')}.checkpoint.parquet`
}

/** The version in the name of a commit or a checkpoint, or undefined for another file. */
export function versionIn(name: string): number | undefined {
  const match = /^(\d{20})\.(json|checkpoint\.parquet)$/.exec(name)
  return match ? Number(match[1]) : undefined
}

function readable(protocol: Protocol): Protocol {
  const unknown = (protocol.readerFeatures ?? []).filter(name => !knownReaderFeatures.has(name))
  if (protocol.minReaderVersion > 3 || unknown.length > 0) {
    throw new Failure(
      'lake-corrupt',
      `The table needs a Delta reader of version ${protocol.minReaderVersion} with ${unknown.join(', ')}.`,
      { hint: 'It was changed by another tool; Millrace reads tables up to reader version 3.' },
    )
  }
  return protocol
}
