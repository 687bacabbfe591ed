import { isFailure } from '../base/failure.ts'
import type { Positions } from '../events/event-log.ts'
import type { AddFile } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { TableFile, TableState } from './engine-messages.ts'

/** A table that takes more than this share of the room for the lake's files is not kept here as a whole. */
const keptShareMax = 0.5

const knownColumns = new WeakMap<AddFile, ReadonlySet<string>>()

export interface TableStateOptions {
  readonly positions: ReadonlyMap<string, Positions>
  /** Whether all of its files have to be here, however many. */
  readonly isWhole: boolean
  /** Whether a file has to be here even when not all of them can be. */
  isAwaited(file: Omit<TableFile, 'isHere'>): boolean
}

/**
 * The newest snapshot of a table, as the engine's process needs it.
 * @throws Failure `lake-cache-full` when all of its files have to be here and there is no room for them
 */
export async function tableStateOf(
  table: DeltaTable,
  lake: Lake,
  { positions, isWhole, isAwaited }: TableStateOptions,
): Promise<TableState> {
  const { snapshot, definition } = table
  const columns = definition.columns.filter(
    ({ name }) => !definition.partitionColumns.includes(name),
  )
  const entries = [...snapshot.files.values()]
  const files = entries.map(({ path, size, stats }) => {
    const full = table.filePath(path)
    return { path: full, localFile: lake.localPath(full), bytes: size, stats }
  })
  const isWanted = isWhole || bytesOf(files) <= keptShareMax * lake.localBytesMax
  const isHere = isWanted && (await areBrought(lake, table.name, { files, isWhole }))
  const awaited = isHere ? files : files.filter(isAwaited)
  const isAwaitedHere = isHere || (await areBrought(lake, table.name, { files: awaited }))
  const here = new Set(isAwaitedHere ? awaited : [])
  return {
    table: table.name,
    version: snapshot.version,
    columns,
    files: files.map(file => ({ ...file, isHere: here.has(file) })),
    hasOlderFiles: entries.some(file => columns.some(({ name }) => !columnsOf(file).has(name))),
    positions,
  }
}

interface SizedFile {
  readonly path: string
  readonly bytes: number
}

/**
 * Whether there is room for files of a table, which are here then; else none of it is.
 * @throws Failure `lake-cache-full` when there is none and all have to be here
 */
async function areBrought(
  lake: Lake,
  table: string,
  { files, isWhole = false }: { readonly files: readonly SizedFile[]; readonly isWhole?: boolean },
): Promise<boolean> {
  const user = `engine on ${table}`
  try {
    const paths = files.map(({ path }) => path)
    await lake.localFiles(user, paths, { bytes: bytesOf(files) })
    return true
  } catch (error) {
    if (isWhole || !isFailure(error, 'lake-cache-full')) throw error
    await lake.localFiles(user, [])
    return false
  }
}

function bytesOf(files: readonly SizedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The columns that a file was written with, by the statistics that came with it. */
function columnsOf(file: AddFile): ReadonlySet<string> {
  const known = knownColumns.get(file)
  if (known) return known
  const { nullCount = {} } = JSON.parse(file.stats ?? '{}') as { nullCount?: object }
  const columns = new Set(Object.keys(nullCount))
  knownColumns.set(file, columns)
  return columns
}
