import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../base/failure.ts'
import type { Finding, OffsetRange } from '../contract/verification.ts'
import { checksumTag, fileChecksum } from '../lake/checksum.ts'
import type { AddFile } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { OffsetLedger } from './offset-ledger.ts'

/** A file that is not what was written; none of its rows are counted. */
export interface UnreadableFile {
  readonly table: DeltaTable
  readonly file: AddFile
  readonly kind: 'file-missing' | 'file-damaged'
  readonly detail: string
}

export type FileOutcome =
  | { readonly kind: 'counted'; readonly source: number }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly unreadable: UnreadableFile }

export interface FileAuditParts {
  readonly lake: Lake
  readonly ledger: OffsetLedger
}

/**
 * Brings a file here, holds it against its checksum and counts its offsets.
 * @param stream whose dead letters are counted; undefined: the file holds rows of a stream
 */
export async function auditFile(
  table: DeltaTable,
  file: AddFile,
  { lake, ledger }: FileAuditParts,
  stream: string | undefined,
): Promise<FileOutcome> {
  const path = table.filePath(file.path)
  const local = join(lake.stagingFolder, `${randomUUID()}.parquet`)
  try {
    if (!(await lake.fetchFile(path, local))) return { kind: 'gone' }
    const checksum = file.tags?.[checksumTag]
    if (checksum !== undefined && (await fileChecksum(local)) !== checksum) {
      return damaged(table, file, `${path} does not match its checksum.`)
    }
    return await count(table, file, local, { ledger, stream })
  } finally {
    await rm(local, { force: true })
  }
}

async function count(
  table: DeltaTable,
  file: AddFile,
  local: string,
  { ledger, stream }: { ledger: OffsetLedger; stream: string | undefined },
): Promise<FileOutcome> {
  const path = table.filePath(file.path)
  try {
    const { source, rows } = await ledger.addFile(local, {
      ...(stream === undefined ? {} : { stream }),
      decodesAll: file.tags?.[checksumTag] === undefined,
    })
    const recorded = recordCountOf(file)
    if (recorded === undefined || recorded === rows) return { kind: 'counted', source }
    await ledger.forgetFile(source)
    return damaged(table, file, `${path} holds ${rows} rows, and its commit says ${recorded}.`)
  } catch (error) {
    const [reason] = messageOf(error).replaceAll(local, 'it').split('\n')
    return damaged(table, file, `${path} cannot be read: ${reason}.`)
  }
}

function damaged(table: DeltaTable, file: AddFile, detail: string): FileOutcome {
  return { kind: 'unreadable', unreadable: { table, file, kind: 'file-damaged', detail } }
}

export function missingFile(table: DeltaTable, file: AddFile): UnreadableFile {
  const detail = `${table.filePath(file.path)} is gone, and the table names it.`
  return { table, file, kind: 'file-missing', detail }
}

export function findingOf({ table, file, kind, detail }: UnreadableFile, lost: string): Finding {
  return { kind, detail: `${detail}${lost}`, file: table.filePath(file.path) }
}

interface FileStats {
  readonly numRecords?: number
  readonly minValues?: Readonly<Record<string, number>>
  readonly maxValues?: Readonly<Record<string, number>>
}

/** How many rows the file was written with, or undefined when its commit does not say. */
export function recordCountOf(file: AddFile): number | undefined {
  return statsOf(file).numRecords
}

/** The offsets, of whatever partition, that a file may hold by its statistics. */
export function offsetSpanOf({ table, file }: UnreadableFile): OffsetRange {
  const { minValues = {}, maxValues = {} } = statsOf(file)
  const isOffset = ({ name }: { name: string }) => name === '_offset' || name === 'log_offset'
  const { name } = table.definition.columns.findLast(isOffset) ?? { name: '' }
  return { startOffset: minValues[name] ?? 0, endOffset: (maxValues[name] ?? 2 ** 53 - 2) + 1 }
}

function statsOf(file: AddFile): FileStats {
  return JSON.parse(file.stats ?? '{}') as FileStats
}
