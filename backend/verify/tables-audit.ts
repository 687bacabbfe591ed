import type { VerificationReport } from '../contract/verification.ts'
import type { StreamTables } from '../ingest/stream-tables.ts'
import { checksumTag } from '../lake/checksum.ts'
import type { AddFile, Snapshot } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import { auditFile, missingFile, type UnreadableFile } from './file-audit.ts'
import type { OffsetLedger } from './offset-ledger.ts'

export interface TablesAudit {
  /** The snapshots whose files were counted. */
  readonly events: Snapshot
  readonly deadLetters: Snapshot
  readonly unreadable: readonly UnreadableFile[]
  readonly files: VerificationReport['files']
}

export interface TablesAuditParts {
  readonly stream: string
  readonly tables: StreamTables
  readonly lake: Lake
  readonly signal: AbortSignal
  onProgress(progress: { step: 'files'; done: number; total: number }): void
}

interface TableFile {
  readonly table: DeltaTable
  readonly file: AddFile
  /** Whose dead letters are counted, if the file holds such. */
  readonly stream: string | undefined
}

type Examined = { readonly source: number } | UnreadableFile

/**
 * Counts the offsets in the files of one snapshot of a stream's tables. Files that are merged and freed meanwhile are no
 * loss: the newest snapshot is looked at instead, and only what is new in it is read.
 */
export async function auditTables(
  parts: TablesAuditParts,
  ledger: OffsetLedger,
): Promise<TablesAudit> {
  const { tables } = parts
  const examined = new Map<string, Examined>()
  for (;;) {
    const events = await tables.events.refresh()
    // Dead letters are committed first: a later snapshot has all that belong to these rows.
    const deadLetters = await tables.deadLetters.refresh()
    const wanted = filesOf(parts, events, deadLetters)
    await forgetOthers(examined, wanted, ledger)
    if (!(await examineAll(wanted, examined, parts, ledger))) continue
    const unreadable = [...examined.values()].filter(each => 'file' in each)
    return { events, deadLetters, unreadable, files: filesRead(wanted) }
  }
}

function filesOf(
  { stream, tables }: TablesAuditParts,
  events: Snapshot,
  deadLetters: Snapshot,
): TableFile[] {
  const ofTable = (table: DeltaTable, snapshot: Snapshot, lettersOf?: string): TableFile[] =>
    [...snapshot.files.values()].map(file => ({ table, file, stream: lettersOf }))
  return [...ofTable(tables.events, events), ...ofTable(tables.deadLetters, deadLetters, stream)]
}

/** @returns false when one of the files has left its table meanwhile */
async function examineAll(
  wanted: readonly TableFile[],
  examined: Map<string, Examined>,
  { lake, signal, onProgress }: TablesAuditParts,
  ledger: OffsetLedger,
): Promise<boolean> {
  const total = wanted.reduce((sum, { file }) => sum + file.size, 0)
  let done = 0
  for (const { table, file, stream } of wanted) {
    signal.throwIfAborted()
    onProgress({ step: 'files', done, total })
    done += file.size
    const path = table.filePath(file.path)
    if (examined.has(path)) continue
    const outcome = await auditFile(table, file, { lake, ledger }, stream)
    if (outcome.kind === 'counted') examined.set(path, outcome)
    else if (outcome.kind === 'unreadable') examined.set(path, outcome.unreadable)
    else if ((await table.refresh()).files.has(file.path)) {
      examined.set(path, missingFile(table, file))
    } else return false
  }
  return true
}

async function forgetOthers(
  examined: Map<string, Examined>,
  wanted: readonly TableFile[],
  ledger: OffsetLedger,
): Promise<void> {
  const paths = new Set(wanted.map(({ table, file }) => table.filePath(file.path)))
  for (const [path, outcome] of examined) {
    if (paths.has(path)) continue
    if ('source' in outcome) await ledger.forgetFile(outcome.source)
    examined.delete(path)
  }
}

function filesRead(wanted: readonly TableFile[]): VerificationReport['files'] {
  const isUnsealed = ({ file }: TableFile) => file.tags?.[checksumTag] === undefined
  return {
    checked: wanted.length,
    unsealed: wanted.filter(isUnsealed).length,
    bytes: wanted.reduce((sum, { file }) => sum + file.size, 0),
  }
}
