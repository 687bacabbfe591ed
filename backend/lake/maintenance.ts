import type { DuckDBConnection } from '@duckdb/node-api'
import type { Clock } from '../base/clock.ts'
import { identifier, literal } from '../base/sql.ts'
import { lastCheckpointName } from './checkpoint.ts'
import { checksumTag, fileChecksum } from './checksum.ts'
import { type CompactionSettings, type CompactionTask, planCompaction } from './compaction.ts'
import { type AddFile, removalOf, type Snapshot, versionIn } from './delta-log.ts'
import type { Commit, DeltaTable } from './delta-table.ts'
import type { Lake } from './lake.ts'
import { writeRows } from './parquet-writer.ts'
import { scanSql } from './scan.ts'

export interface MaintenanceSettings extends CompactionSettings {
  readonly checkpointEveryVersions: number
  /** How long files that left the table, and old versions of its log, can still be read. */
  readonly historyMs: number
  /** The column by which merged files are sorted, so that their statistics prune well. */
  readonly sortColumn: string
}

/** Keeps one table quick to read while it is written: merges small files, checkpoints the log, frees what is gone. */
export class Maintenance {
  readonly #table: DeltaTable
  readonly #lake: Lake
  readonly #connection: DuckDBConnection
  readonly #clock: Clock
  readonly #settings: MaintenanceSettings
  /** Files that are not what was written: they stay as they are, for whoever mends them. */
  readonly #damaged = new Set<string>()
  #isRunning = false

  constructor(
    table: DeltaTable,
    parts: { lake: Lake; connection: DuckDBConnection; clock: Clock },
    settings: MaintenanceSettings,
  ) {
    this.#table = table
    this.#lake = parts.lake
    this.#connection = parts.connection
    this.#clock = parts.clock
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

  /** Deletes files that no version within the history names, and log entries that the checkpoint has made needless. */
  async vacuum(): Promise<void> {
    const { name, checkpointVersion } = this.#table
    const oldest = this.#clock.now() - this.#settings.historyMs
    const snapshot = this.#table.snapshot
    const gone: string[] = []
    for await (const { path, modifiedAt } of this.#lake.list(name)) {
      const inside = path.slice(name.length + 1)
      if (modifiedAt >= oldest) continue
      const isGone = inside.startsWith('_delta_log/')
        ? isNeedlessLogEntry(inside.slice('_delta_log/'.length), checkpointVersion)
        : !isReadable(inside, snapshot, oldest)
      if (isGone) gone.push(path)
    }
    await this.#lake.delete(gone)
  }

  async #checkpointIfDue(): Promise<void> {
    const { snapshot, checkpointVersion } = this.#table
    if (snapshot.version - checkpointVersion < this.#settings.checkpointEveryVersions) return
    await this.#table.writeCheckpoint(this.#clock.now() - this.#settings.historyMs)
    await this.vacuum()
  }

  async #compact(task: CompactionTask): Promise<void> {
    const now = this.#clock.now()
    const paths = task.files.map(file => this.#table.filePath(file.path))
    const localFiles = await this.#lake.localFiles(this.#cacheUser, paths)
    if (!(await this.#areIntact(task.files, localFiles))) return
    const added = await writeRows(this.#selectOf(task, localFiles), {
      connection: this.#connection,
      lake: this.#lake,
      table: this.#table,
      now,
      dataChange: false,
    })
    await this.#lake.localFiles(this.#cacheUser, [])
    const committed = await this.#table.commit(snapshot => mergeCommit(snapshot, task, added, now))
    if (committed === undefined) {
      await this.#lake.delete(added.map(file => this.#table.filePath(file.path)))
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
      const found = await fileChecksum(localFiles[index] ?? '').catch(error => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      })
      if (found !== checksum) this.#damaged.add(path)
    }
    return this.#damaged.size === before
  }

  #selectOf(task: CompactionTask, localFiles: readonly string[]): string {
    const { columns, partitionColumns } = this.#table.definition
    const stored = columns.filter(column => !partitionColumns.includes(column.name))
    const partition = partitionColumns.map(column => {
      const value = task.partitionValues[column] ?? null
      const type = columns.find(({ name }) => name === column)?.type ?? 'VARCHAR'
      return `${value === null ? 'NULL' : literal(value)}::${type} AS ${identifier(column)}`
    })
    return `SELECT ${['*', ...partition].join(', ')} FROM (${scanSql(localFiles, stored)})
      ORDER BY ${identifier(this.#settings.sortColumn)}`
  }
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

function isReadable(path: string, snapshot: Snapshot, oldest: number): boolean {
  if (snapshot.files.has(path)) return true
  const tombstone = snapshot.tombstones.get(path)
  return tombstone !== undefined && tombstone.deletionTimestamp >= oldest
}

function isNeedlessLogEntry(name: string, checkpointVersion: number): boolean {
  if (name === lastCheckpointName) return false
  const version = versionIn(name)
  return version !== undefined && version < checkpointVersion
}
