import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { literal } from '../base/sql.ts'
import { type Action, actionsOf, type Snapshot, serialiseActions } from './delta-log.ts'
import type { Lake } from './lake.ts'

export const lastCheckpointName = '_last_checkpoint'

/** What the file of that name holds. */
export interface LastCheckpoint {
  readonly version: number
  readonly size: number
  /** Among them the checkpoint's checksum, unless it was written without one. */
  readonly tags?: Readonly<Record<string, string>>
}

/** @throws Failure `lake-corrupt` */
export function parseLastCheckpoint(text: string, where: string): LastCheckpoint {
  try {
    return JSON.parse(text) as LastCheckpoint
  } catch (error) {
    throw new Failure('lake-corrupt', `${where} is not JSON.`, {
      hint: 'Write {"version": n} into it, with the number of the newest checkpoint beside it.',
      cause: error,
    })
  }
}

const map = 'MAP(VARCHAR, VARCHAR)'
const actionColumns = {
  txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)',
  add: `STRUCT(path VARCHAR, partitionValues ${map}, size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, stats VARCHAR, tags ${map})`,
  remove: `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, partitionValues ${map}, size BIGINT, tags ${map})`,
  metaData: `STRUCT(id VARCHAR, "name" VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options ${map}), schemaString VARCHAR, partitionColumns VARCHAR[], configuration ${map}, createdTime BIGINT)`,
  protocol:
    'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], writerFeatures VARCHAR[])',
  domainMetadata: 'STRUCT(domain VARCHAR, configuration VARCHAR, removed BOOLEAN)',
}

/** Actions as a local file: Parquet with one column a kind of action, or a simulation's. */
export interface ActionFiles {
  /** Writes actions as a new file and has `take` take it over; what is left of it is removed. */
  write<T>(
    actions: Iterable<Action>,
    folder: string,
    take: (localFile: string) => Promise<T>,
  ): Promise<T>
  read(localFile: string): Promise<Action[]>
}

/** Checkpoints of a Delta table in the lake. */
export class Checkpoints {
  readonly #lake: Lake
  readonly #files: ActionFiles

  constructor(lake: Lake, files: ActionFiles) {
    this.#lake = lake
    this.#files = files
  }

  /**
   * One that is there stays, unless it is not what it was: of one version, one is as good as the other.
   * @param known the checksum of the one that is there, if that is known
   * @returns its checksum
   */
  async write(
    path: string,
    content: { snapshot: Snapshot; tombstonesSince: number },
    known?: string,
  ): Promise<string> {
    const present = await this.#presentChecksum(path)
    if (present !== undefined && (known ?? present) === present) return present
    if (present !== undefined) await this.#lake.delete([path])
    const actions = actionsOf(content.snapshot, content.tombstonesSince)
    return this.#files.write(actions, this.#lake.stagingFolder, async file => {
      const checksum = await this.#lake.localChecksum(file)
      await this.#lake.putFile(file, path)
      return checksum
    })
  }

  /** @param checksum that it must have, if that is known */
  async read(path: string, checksum?: string): Promise<Action[]> {
    return this.#withLocal(path, async file => {
      if (checksum !== undefined && (await this.#lake.localChecksum(file)) !== checksum) {
        throw new Failure('lake-corrupt', `${path} does not match its checksum.`)
      }
      return this.#files.read(file)
    })
  }

  async #presentChecksum(path: string): Promise<string | undefined> {
    for await (const file of this.#lake.list(dirname(path))) {
      if (file.path === path) return this.#withLocal(path, local => this.#lake.localChecksum(local))
    }
    return undefined
  }

  async #withLocal<T>(path: string, use: (file: string) => Promise<T>): Promise<T> {
    const user = `checkpoint of ${path}`
    const [file = ''] = await this.#lake.localFiles(user, [path])
    try {
      return await use(file)
    } finally {
      await this.#lake.localFiles(user, [])
    }
  }
}

/** Written and read by DuckDB. */
export class ParquetActionFiles implements ActionFiles {
  readonly #connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  async write<T>(
    actions: Iterable<Action>,
    folder: string,
    take: (localFile: string) => Promise<T>,
  ): Promise<T> {
    const name = join(folder, randomUUID())
    const [json, parquet] = [`${name}.json`, `${name}.parquet`]
    try {
      await writeFile(json, serialiseActions(actions))
      const columns = Object.entries(actionColumns).map(
        ([kind, type]) => `${kind}: ${literal(type)}`,
      )
      await this.#connection.run(
        `COPY (SELECT * FROM read_json(${literal(json)}, format = 'newline_delimited', records = true,
          columns = {${columns.join(', ')}})) TO ${literal(parquet)} (FORMAT parquet)`,
      )
      return await take(parquet)
    } finally {
      await rm(json, { force: true })
      await rm(parquet, { force: true })
    }
  }

  async read(localFile: string): Promise<Action[]> {
    const kinds = Object.keys(actionColumns).map(kind => `${kind} := ${kind}`)
    const result = await this.#connection.runAndReadAll(
      `SELECT to_json(struct_pack(${kinds.join(', ')}))::VARCHAR FROM read_parquet(${literal(localFile)})`,
    )
    return result
      .getRowsJS()
      .map(row => withoutNulls(JSON.parse(String(row[0]))) as unknown as Action)
  }
}

function withoutNulls(action: Record<string, unknown>): Record<string, unknown> {
  const [kind = '', value] = Object.entries(action).find(([, part]) => part !== null) ?? []
  const members = Object.entries((value ?? {}) as object).filter(([, member]) => member !== null)
  return { [kind]: Object.fromEntries(members) }
}
