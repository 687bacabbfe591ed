import { isFailure } from '../base/failure.ts'
import type { Positions } from '../events/event-log.ts'
import type { AddFile } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { TableState } from './engine-messages.ts'

/** A table that takes more than this share of the room for the lake's files is not kept here as a whole. */
const keptShareMax = 0.5

const knownColumns = new WeakMap<AddFile, ReadonlySet<string>>()

/**
 * The newest snapshot of a table, as the engine's process needs it.
 * @param options.isWhole whether all of its files have to be here, however many
 * @throws Failure `lake-cache-full` when there is no room for them
 */
export async function tableStateOf(
  table: DeltaTable,
  lake: Lake,
  { positions, isWhole }: { positions: ReadonlyMap<string, Positions>; isWhole: boolean },
): Promise<TableState> {
  const { snapshot, definition } = table
  const columns = definition.columns.filter(
    ({ name }) => !definition.partitionColumns.includes(name),
  )
  const files = [...snapshot.files.values()]
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const paths = files.map(({ path }) => table.filePath(path))
  const isWanted = isWhole || bytes <= keptShareMax * lake.localBytesMax
  const isHere = isWanted && (await areBrought(lake, table.name, { paths, bytes, isWhole }))
  if (!isHere) await lake.localFiles(engineOn(table.name), [])
  return {
    table: table.name,
    version: snapshot.version,
    columns,
    files: files.map(({ path, size, stats }) => {
      const full = table.filePath(path)
      return { path: full, localFile: lake.localPath(full), bytes: size, stats }
    }),
    isHere,
    hasOlderFiles: files.some(file => columns.some(({ name }) => !columnsOf(file).has(name))),
    positions,
  }
}

/**
 * Whether there is room for all files of a table, which are here then.
 * @throws Failure `lake-cache-full` when there is none and all have to be here
 */
async function areBrought(
  lake: Lake,
  table: string,
  { paths, bytes, isWhole }: { paths: readonly string[]; bytes: number; isWhole: boolean },
): Promise<boolean> {
  try {
    await lake.localFiles(engineOn(table), paths, { bytes })
    return true
  } catch (error) {
    if (isWhole || !isFailure(error, 'lake-cache-full')) throw error
    return false
  }
}

function engineOn(table: string): string {
  return `engine on ${table}`
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
