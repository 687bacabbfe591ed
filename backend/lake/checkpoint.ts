import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { literal } from '../base/sql.ts'
import { fileChecksum } from './checksum.ts'
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

/** Checkpoints of a Delta table: Parquet with one column a kind of action, written and read by DuckDB. */
export class CheckpointFormat {
  readonly #lake: Lake
  readonly #connection: DuckDBConnection

  constructor(lake: Lake, connection: DuckDBConnection) {
    this.#lake = lake
    this.#connection = connection
  }

  /** @returns its checksum */
  async write(
    path: string,
    content: { snapshot: Snapshot; tombstonesSince: number },
  ): Promise<string> {
    const name = join(this.#lake.stagingFolder, randomUUID())
    const [json, parquet] = [`${name}.json`, `${name}.parquet`]
    const actions = actionsOf(content.snapshot, content.tombstonesSince)
    try {
      await writeFile(json, serialiseActions(actions))
      const columns = Object.entries(actionColumns).map(
        ([kind, type]) => `${kind}: ${literal(type)}`,
      )
      await this.#connection.run(
        `COPY (SELECT * FROM read_json(${literal(json)}, format = 'newline_delimited', records = true,
          columns = {${columns.join(', ')}})) TO ${literal(parquet)} (FORMAT parquet)`,
      )
      const checksum = await fileChecksum(parquet)
      await this.#lake.delete([path])
      await this.#lake.putFile(parquet, path)
      return checksum
    } finally {
      await rm(json, { force: true })
      await rm(parquet, { force: true })
    }
  }

  /** @param checksum that it must have, if that is known */
  async read(path: string, checksum?: string): Promise<Action[]> {
    const [file = ''] = await this.#lake.localFiles(`checkpoint of ${path}`, [path])
    if (checksum !== undefined && (await fileChecksum(file)) !== checksum) {
      throw new Failure('lake-corrupt', `${path} does not match its checksum.`)
    }
    const kinds = Object.keys(actionColumns).map(kind => `${kind} := ${kind}`)
    const result = await this.#connection.runAndReadAll(
      `SELECT to_json(struct_pack(${kinds.join(', ')}))::VARCHAR FROM read_parquet(${literal(file)})`,
    )
    await this.#lake.localFiles(`checkpoint of ${path}`, [])
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
