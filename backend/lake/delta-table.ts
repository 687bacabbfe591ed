import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import {
  type Checkpoints,
  type LastCheckpoint,
  lastCheckpointName,
  parseLastCheckpoint,
} from './checkpoint.ts'
import { checksumTag } from './checksum.ts'
import {
  type Action,
  applyActions,
  type CommitInfo,
  checkpointName,
  commitName,
  emptySnapshot,
  millraceProtocol,
  parseCommit,
  type Snapshot,
  serialiseCommit,
} from './delta-log.ts'
import { evolvedSchema, type LakeColumn, schemaStringOf } from './delta-schema.ts'
import type { Lake } from './lake.ts'

export interface TableDefinition {
  /** Its folder in the lake, and its name in SQL. */
  readonly name: string
  readonly columns: readonly LakeColumn[]
  readonly partitionColumns: readonly string[]
}

export interface Commit {
  readonly operation: string
  readonly actions: readonly Action[]
  /** Members of the commit's `commitInfo`. */
  readonly info?: Readonly<Record<string, unknown>>
}

const attemptsMax = 100
/** A commit names files that are no older, and is built on a snapshot that was the newest no longer ago. */
const commitMsMax = 3_600_000
/** What a commit under way may rest on stays at least this long. */
export const keptMsMin = 2 * commitMsMax

/** A Delta table in the lake: its snapshot, and commits that are made only on top of what they have seen. */
export class DeltaTable {
  readonly definition: TableDefinition
  readonly #lake: Lake
  readonly #clock: Clock
  readonly #checkpoints: Checkpoints
  #snapshot: Snapshot = emptySnapshot
  #checkpointVersion = -1
  /** When the snapshot was the newest. */
  #seenAt: number

  private constructor(
    definition: TableDefinition,
    parts: { lake: Lake; clock: Clock; checkpoints: Checkpoints },
  ) {
    this.definition = definition
    this.#lake = parts.lake
    this.#clock = parts.clock
    this.#checkpoints = parts.checkpoints
    this.#seenAt = parts.clock.now()
  }

  /**
   * Opens the table; makes it if it is absent, and adds the columns that it lacks.
   * @throws Failure `lake-schema` when a column is gone or has another type
   */
  static async open(
    definition: TableDefinition,
    parts: { lake: Lake; clock: Clock; checkpoints: Checkpoints },
  ): Promise<DeltaTable> {
    const table = new DeltaTable(definition, parts)
    await table.#loadCheckpoint()
    await table.refresh()
    await table.commit(snapshot => table.#definitionCommit(snapshot))
    return table
  }

  get name(): string {
    return this.definition.name
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** The version of the last checkpoint that this process knows of, or -1. */
  get checkpointVersion(): number {
    return this.#checkpointVersion
  }

  /** Reads the versions that others have committed since. */
  async refresh(): Promise<Snapshot> {
    if (this.#isStale()) await this.#loadCheckpoint()
    for (;;) {
      const lookedAt = this.#clock.now()
      const version = this.#snapshot.version + 1
      const path = this.logPath(commitName(version))
      const text = await this.#lake.readText(path)
      if (text === undefined) {
        this.#seenAt = lookedAt
        return this.#snapshot
      }
      if (this.#snapshot.version >= version) continue
      this.#snapshot = applyActions(this.#snapshot, version, parseCommit(text, path))
    }
  }

  /**
   * Commits what `decide` makes of the newest snapshot. When another writer takes the version first, `decide` is asked
   * again with what that one has left; undefined means that nothing is to be done any more.
   * @returns the snapshot with the commit, or undefined when nothing was done
   * @throws Failure `lake-conflict` when it took so long that others may have swept away what it rests on
   */
  async commit(decide: (snapshot: Snapshot) => Commit | undefined): Promise<Snapshot | undefined> {
    if (this.#isStale()) await this.refresh()
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const startedAt = this.#clock.now()
      const snapshot = this.#snapshot
      const commit = decide(snapshot)
      if (commit === undefined) return undefined
      this.#checkAge(commit)
      const version = snapshot.version + 1
      const actions = [{ commitInfo: this.#commitInfo(commit) }, ...commit.actions]
      const path = this.logPath(commitName(version))
      if (await this.#lake.putIfAbsent(path, serialiseCommit(actions))) {
        this.#checkAge(commit)
        this.#seenAt = startedAt
        if (this.#snapshot.version < version) {
          this.#snapshot = applyActions(snapshot, version, actions)
        }
        return this.#snapshot
      }
      await this.refresh()
    }
    throw new Failure(
      'lake-conflict',
      `Others commit to ${this.name} so often that ${attemptsMax} attempts were in vain.`,
    )
  }

  /** Writes the snapshot into one file, so that opening the table does not read every commit there ever was. */
  async writeCheckpoint(tombstonesSince: number): Promise<void> {
    const snapshot = this.#snapshot
    const checksum = await this.#checkpoints.write(
      this.logPath(checkpointName(snapshot.version)),
      { snapshot, tombstonesSince },
      await this.#knownChecksum(snapshot.version),
    )
    const size = snapshot.files.size + snapshot.transactions.size + 2
    const tags = { [checksumTag]: checksum }
    await this.#lake.replace(
      this.logPath(lastCheckpointName),
      JSON.stringify({ version: snapshot.version, size, tags } satisfies LastCheckpoint),
    )
    this.#checkpointVersion = snapshot.version
  }

  /** The path of a data file in the lake. */
  filePath(name: string): string {
    return `${this.name}/${name}`
  }

  logPath(name: string): string {
    return `${this.name}/_delta_log/${name}`
  }

  /** Others may have deleted the versions that come next. */
  #isStale(): boolean {
    return this.#clock.now() - this.#seenAt > commitMsMax
  }

  #checkAge({ actions }: Commit): void {
    const oldest = this.#clock.now() - commitMsMax
    const isOld = actions.some(action => 'add' in action && action.add.modificationTime < oldest)
    if (!isOld && !this.#isStale()) return
    throw new Failure('lake-conflict', `A commit to ${this.name} took longer than an hour.`, {
      hint: 'Ingest starts again from what the lake holds; nothing is lost or doubled.',
    })
  }

  /** Of the checkpoint of that version, when it is the last one. */
  async #knownChecksum(version: number): Promise<string | undefined> {
    const path = this.logPath(lastCheckpointName)
    const text = await this.#lake.readText(path)
    if (text === undefined) return undefined
    try {
      const last = parseLastCheckpoint(text, path)
      return last.version === version ? last.tags?.[checksumTag] : undefined
    } catch {
      // Written anew in a moment.
      return undefined
    }
  }

  async #loadCheckpoint(): Promise<void> {
    const text = await this.#lake.readText(this.logPath(lastCheckpointName))
    if (text === undefined) return
    const { version, tags } = parseLastCheckpoint(text, this.logPath(lastCheckpointName))
    if (version <= this.#snapshot.version) return
    const path = this.logPath(checkpointName(version))
    try {
      const actions = await this.#checkpoints.read(path, tags?.[checksumTag])
      this.#snapshot = applyActions(emptySnapshot, version, actions)
      this.#checkpointVersion = version
    } catch (error) {
      const hasWholeLog = (await this.#lake.readText(this.logPath(commitName(0)))) !== undefined
      if (hasWholeLog) return
      throw new Failure('lake-corrupt', `The checkpoint ${path} cannot be read.`, {
        hint: `Restore it from a copy, or point ${lastCheckpointName} at an older one.`,
        cause: error,
      })
    }
  }

  #definitionCommit({ metaData, version }: Snapshot): Commit | undefined {
    const { columns, partitionColumns, name } = this.definition
    if (metaData !== undefined) {
      const schemaString = evolvedSchema(metaData.schemaString, columns, name)
      if (schemaString === metaData.schemaString) return undefined
      return { operation: 'ADD COLUMNS', actions: [{ metaData: { ...metaData, schemaString } }] }
    }
    if (version >= 0) {
      throw new Failure('lake-corrupt', `The Delta log of ${name} names no schema.`)
    }
    return {
      operation: 'CREATE TABLE',
      actions: [
        { protocol: millraceProtocol },
        {
          metaData: {
            id: randomUUID(),
            format: { provider: 'parquet', options: {} },
            schemaString: schemaStringOf(columns),
            partitionColumns,
            configuration: {},
            createdTime: this.#clock.now(),
          },
        },
      ],
    }
  }

  #commitInfo(commit: Commit): CommitInfo {
    return {
      timestamp: this.#clock.now(),
      operation: commit.operation,
      operationParameters: {},
      engineInfo: 'Millrace',
      ...commit.info,
    }
  }
}
