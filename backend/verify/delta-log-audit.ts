import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isFailure, messageOf } from '../base/failure.ts'
import type { Finding } from '../contract/verification.ts'
import { lastCheckpointName, parseLastCheckpoint } from '../lake/checkpoint.ts'
import { checksumTag, fileChecksum, sealOf } from '../lake/checksum.ts'
import {
  type Action,
  checkpointName,
  commitName,
  parseCommit,
  versionIn,
} from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import { mergeRanges } from './offset-range.ts'

export interface DeltaLogAudit {
  readonly checked: number
  /** Written before there were checksums. */
  readonly unsealed: number
  readonly findings: readonly Finding[]
}

export interface DeltaLogAuditOptions {
  /** The newest version to look at. */
  readonly version: number
  onCommit(version: number, actions: readonly Action[]): void
  onProgress(done: number, total: number): void
  readonly signal: AbortSignal
}

const attemptsMax = 3

/** Reads every commit of a table that is still there, and its checkpoint. */
export async function auditDeltaLog(
  table: DeltaTable,
  lake: Lake,
  options: DeltaLogAuditOptions,
): Promise<DeltaLogAudit> {
  const versions = await commitsOf(table, lake, options.version)
  const damaged: number[] = []
  const gone: number[] = []
  let unsealed = 0
  let isSealedByNow = false
  for (const [index, version] of versions.entries()) {
    options.signal.throwIfAborted()
    options.onProgress(index, versions.length)
    const path = table.logPath(commitName(version))
    const text = await lake.readText(path)
    if (text === undefined) {
      gone.push(version)
      continue
    }
    const actions = actionsOf(text, path)
    const seal = sealOf(text)
    const hasLostSeal = seal === 'unsealed' && isSealedByNow && text.includes('"Millrace"')
    if (seal === 'unsealed') unsealed++
    else isSealedByNow = true
    if (actions === undefined || hasLostSeal) damaged.push(version)
    else options.onCommit(version, actions)
  }
  const checkpoint = await auditCheckpoint(table, lake)
  const base = checkpoint.version ?? (versions[0] ?? 0) - 1
  const missing = missingFrom(
    base + 1,
    options.version,
    new Set(versions.filter(v => !gone.includes(v))),
  )
  return {
    checked: versions.length - gone.length,
    unsealed,
    findings: [
      ...checkpoint.findings,
      ...damaged.map(version => damagedCommit(table, version, checkpoint.version)),
      ...missing.map(range => missingCommits(table, range)),
    ],
  }
}

async function commitsOf(table: DeltaTable, lake: Lake, newest: number): Promise<number[]> {
  const versions: number[] = []
  const folder = table.logPath('')
  for await (const { path } of lake.list(folder.slice(0, -1))) {
    const name = path.slice(folder.length)
    const version = name.endsWith('.json') ? versionIn(name) : undefined
    if (version !== undefined && version <= newest) versions.push(version)
  }
  return versions.sort((a, b) => a - b)
}

function actionsOf(text: string, path: string): Action[] | undefined {
  try {
    return parseCommit(text, path)
  } catch (error) {
    if (isFailure(error, 'lake-corrupt')) return undefined
    throw error
  }
}

/** Looks again when another checkpoint takes the place of the one that it looks at. */
async function auditCheckpoint(
  table: DeltaTable,
  lake: Lake,
): Promise<{ version: number | undefined; findings: Finding[] }> {
  const pointer = table.logPath(lastCheckpointName)
  for (let attempt = 1; ; attempt++) {
    const text = await lake.readText(pointer)
    if (text === undefined) return { version: undefined, findings: [] }
    try {
      const { version, tags } = parseLastCheckpoint(text, pointer)
      const path = table.logPath(checkpointName(version))
      const trouble = await checksumTrouble(lake, path, tags?.[checksumTag])
      if (trouble === undefined) return { version, findings: [] }
      if (attempt < attemptsMax) continue
      return { version: undefined, findings: [damagedCheckpoint(path, `${path} ${trouble}`)] }
    } catch (error) {
      if (!isFailure(error, 'lake-corrupt')) throw error
      return { version: undefined, findings: [damagedCheckpoint(pointer, messageOf(error))] }
    }
  }
}

/** What is wrong with the bytes of a file, or undefined. */
async function checksumTrouble(
  lake: Lake,
  path: string,
  checksum: string | undefined,
): Promise<string | undefined> {
  const local = join(lake.stagingFolder, randomUUID())
  try {
    if (!(await lake.fetchFile(path, local))) return 'is gone.'
    const isSame = checksum === undefined || (await fileChecksum(local)) === checksum
    return isSame ? undefined : 'does not match its checksum.'
  } finally {
    await rm(local, { force: true })
  }
}

function damagedCheckpoint(file: string, what: string): Finding {
  return {
    kind: 'checkpoint-damaged',
    detail: `${what} Setting it aside while Millrace runs writes a new one.`,
    file,
  }
}

function damagedCommit(
  table: DeltaTable,
  version: number,
  checkpointVersion: number | undefined,
): Finding {
  const file = table.logPath(commitName(version))
  const isNeedless = checkpointVersion !== undefined && version <= checkpointVersion
  const consequence = isNeedless
    ? `Nothing is lost: the checkpoint of version ${checkpointVersion} holds what it said.`
    : 'The table cannot be opened with it: set it aside while Millrace runs.'
  return {
    kind: 'commit-damaged',
    detail: `Version ${version} of ${table.name} is not what was committed: ${file} is damaged. ${consequence}`,
    file,
  }
}

function missingFrom(first: number, newest: number, present: ReadonlySet<number>) {
  const missing: { startOffset: number; endOffset: number }[] = []
  for (let version = first; version <= newest; version++) {
    if (!present.has(version)) missing.push({ startOffset: version, endOffset: version + 1 })
  }
  return mergeRanges(missing)
}

function missingCommits(
  table: DeltaTable,
  { startOffset, endOffset }: { startOffset: number; endOffset: number },
): Finding {
  const file = table.logPath(commitName(startOffset))
  const which =
    endOffset - startOffset === 1
      ? `Version ${startOffset} of ${table.name} is gone: there is no ${file}.`
      : `Versions ${startOffset} to ${endOffset - 1} of ${table.name} are gone: there is no ${file}, nor those after it.`
  const detail = `${which} The table cannot be opened so: set it aside while Millrace runs.`
  return { kind: 'commit-missing', detail, file }
}
