import type { Positions } from '../events/event-log.ts'
import type { AddFile } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { TableState } from './engine-messages.ts'

const knownColumns = new WeakMap<AddFile, ReadonlySet<string>>()

/** The newest snapshot of a table, as the engine's process needs it. */
export async function tableStateOf(
  table: DeltaTable,
  lake: Lake,
  positions: ReadonlyMap<string, Positions>,
): Promise<TableState> {
  const { snapshot, definition } = table
  const columns = definition.columns.filter(
    ({ name }) => !definition.partitionColumns.includes(name),
  )
  const files = [...snapshot.files.values()]
  return {
    table: table.name,
    version: snapshot.version,
    columns,
    localFiles: await lake.localFiles(
      `engine on ${table.name}`,
      files.map(({ path }) => table.filePath(path)),
    ),
    hasOlderFiles: files.some(file => columns.some(({ name }) => !columnsOf(file).has(name))),
    positions,
  }
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
