import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export interface DuckDbSettings {
  readonly threads: number
  readonly memoryBytesMax: number
  /** Where DuckDB puts what does not fit into memory. */
  readonly spillFolder: string
  /** Whether files that were read stay in memory, within its limit, for when they are read again. */
  readonly keepsFiles?: boolean
}

/** An in-memory DuckDB that never reaches for the internet and whose clock is in UTC. */
export async function openDuckDb(settings: DuckDbSettings): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(settings.threads),
    memory_limit: `${Math.floor(settings.memoryBytesMax / 2 ** 20)}MiB`,
    temp_directory: settings.spillFolder,
    // What was freed goes back to the system in a while, also when its thread has nothing more to do.
    allocator_background_threads: 'true',
    enable_external_file_cache: String(settings.keepsFiles ?? false),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run("LOAD json; LOAD parquet; LOAD icu; SET GLOBAL TimeZone = 'UTC'")
  connection.closeSync()
  return instance
}

/** Runs `work` in a transaction: all of it counts, or nothing. */
export async function inTransaction<T>(
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN TRANSACTION')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {})
    throw error
  }
}
