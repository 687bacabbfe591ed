import type { DuckDBConnection } from '@duckdb/node-api'
import type { Clock } from '../base/clock.ts'
import { identifier, literal } from '../base/sql.ts'
import { lastCheckpointName } from './checkpoint.ts'
import { checksumTag } from './checksum.ts'
import { type CompactionSettings, type CompactionTask, planCompaction } from './compaction.ts'
import { type AddFile, removalOf, type Snapshot, versionIn } from './delta-log.ts'
import { type Commit, type DeltaTable, keptMsMin, type TableDefinition } from './delta-table.ts'
import type { Lake } from './lake.ts'
import { type RowSource, selectedRows, writeRows } from './parquet-writer.ts'
import { scanSql } from './scan.ts'

export interface MaintenanceSettings extends CompactionSettings {
  readonly checkpointEveryVersions: number
  /** How long files that left the table, and old versions of its log, can still be read. */
  readonly historyMs: number
  /** The column by which merged files are sorted, so that their statistics prune well. */
  readonly sortColumn: string
}

/** Files of one partition of a table, to become one. */
export interface Merge {
  readonly definition: TableDefinition
  readonly partitionValues: AddFile['partitionValues']
  readonly localFiles: readonly string[]
  readonly sortColumn: string
}

export interface MaintenanceParts {
  readonly lake: Lake
  readonly clock: Clock
  /** The rows of a merge, in its order. */
  readonly mergedRows: (merge: Merge) => RowSource
}

/** Keeps one table quick to read while it is written: merges small files, checkpoints the log, frees what is gone. */
export class Maintenance {
  readonly #table: DeltaTable
  readonly #parts: MaintenanceParts
  readonly #settings: MaintenanceSettings
  /** Files that are not what was written: they stay as they are, for whoever mends them. */
  readonly #damaged = new Set<string>()
  #isRunning = false

  constructor(table: DeltaTable, parts: MaintenanceParts, settings: MaintenanceSettings) {
    this.#table = table
    this.#parts = parts
    this.#settings = settings
  }

  /** Does what is due now, and no more; answers whether the table has other files than before. */
  async run(signal: AbortSignal): Promise<boolean> {
    if (this.#isRunning) return false
    this.#isRunning = true
    try {
      const { snapshot } = this.#table
      const files = new Map([...snapshot.files].filter(([path]) => !this.#damaged.has(path)))
      const tasks = planCompaction({ ...snapshot, files }, this.#settings)
      for (const task of tasks) {
        if (signal.aborted) break
        await this.#compact(task)
      }
      return tasks.length > 0
    } finally {
      await this.#checkpointIfDue().finally(() => {
        this.#isRunning = false
      })
    }
  }

  /**
   * Deletes files that no version within the history names, and log entries that the checkpoint has made needless. What is
   * in no version yet, and versions that others may build on, stay for some time in any case.
   */
  async vacuum(): Promise<void> {
    const { name } = this.#table
    const now = this.#parts.clock.now()
    const oldest = now - this.#settings.historyMs
    const oldestUnderWay = Math.min(oldest, now - keptMsMin)
    const snapshot = await this.#table.refresh()
    const { checkpointVersion } = this.#table
    const gone: string[] = []
    for await (const { path, modifiedAt } of this.#parts.lake.list(name)) {
      const inside = path.slice(name.length + 1)
      const tombstone = snapshot.tombstones.get(inside)
      const isGone = inside.startsWith('_delta_log/')
        ? modifiedAt < oldestUnderWay &&
          isNeedlessLogEntry(inside.slice('_delta_log/'.length), checkpointVersion)
        : !snapshot.files.has(inside) &&
          (tombstone ? tombstone.deletionTimestamp < oldest : modifiedAt < oldestUnderWay)
      if (isGone) gone.push(path)
    }
    await this.#parts.lake.delete(gone)
  }

  async #checkpointIfDue(): Promise<void> {
    const { snapshot, checkpointVersion } = this.#table
    if (snapshot.version - checkpointVersion < this.#settings.checkpointEveryVersions) return
    await this.#table.writeCheckpoint(this.#parts.clock.now() - this.#settings.historyMs)
    await this.vacuum()
  }

  async #compact(task: CompactionTask): Promise<void> {
    const { lake, clock } = this.#parts
    const now = clock.now()
    const paths = task.files.map(file => this.#table.filePath(file.path))
    const localFiles = await lake.localFiles(this.#cacheUser, paths)
    if (!(await this.#areIntact(task.files, localFiles))) return
    const { definition } = this.#table
    const { sortColumn } = this.#settings
    const { partitionValues } = task
    const rows = this.#parts.mergedRows({ definition, partitionValues, localFiles, sortColumn })
    const added = await writeRows(rows, { lake, table: this.#table, now, dataChange: false })
    await lake.localFiles(this.#cacheUser, [])
    const committed = await this.#table.commit(snapshot => mergeCommit(snapshot, task, added, now))
    if (committed === undefined) {
      await lake.delete(added.map(file => this.#table.filePath(file.path)))
    }
  }

  get #cacheUser(): string {
    return `upkeep of ${this.#table.name}`
  }

  /** What is damaged is not merged: the new file would have a checksum that holds. */
  async #areIntact(files: readonly AddFile[], localFiles: readonly string[]): Promise<boolean> {
    const before = this.#damaged.size
    for (const [index, { path, tags }] of files.entries()) {
      const checksum = tags?.[checksumTag]
      if (checksum === undefined) continue
      const found = await this.#parts.lake.localChecksum(localFiles[index] ?? '').catch(error => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      })
      if (found !== checksum) this.#damaged.add(path)
    }
    return this.#damaged.size === before
  }
}

/** Merges by DuckDB. */
export function mergedRows(connection: DuckDBConnection, merge: Merge): RowSource {
  const { columns, partitionColumns } = merge.definition
  const stored = columns.filter(column => !partitionColumns.includes(column.name))
  const partition = partitionColumns.map(column => {
    const value = merge.partitionValues[column] ?? null
    const type = columns.find(({ name }) => name === column)?.type ?? 'VARCHAR'
    return `${value === null ? 'NULL' : literal(value)}::${type} AS ${identifier(column)}`
  })
  return selectedRows(
    connection,
    `SELECT ${['*', ...partition].join(', ')} FROM (${scanSql(merge.localFiles, stored)})
      ORDER BY ${identifier(merge.sortColumn)}`,
  )
}

/** Nothing, when another writer has taken one of the files out of the table in the meantime. */
function mergeCommit(
  snapshot: Snapshot,
  task: CompactionTask,
  added: readonly AddFile[],
  now: number,
): Commit | undefined {
  if (task.files.some(file => !snapshot.files.has(file.path))) return undefined
  return {
    operation: 'OPTIMIZE',
    actions: [
      ...task.files.map(file => ({ remove: removalOf(file, { at: now, dataChange: false }) })),
      ...added.map(add => ({ add })),
    ],
  }
}

function isNeedlessLogEntry(name: string, checkpointVersion: number): boolean {
  if (name === lastCheckpointName) return false
  const version = versionIn(name)
  return version !== undefined && version < checkpointVersion
}
