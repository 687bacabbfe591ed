import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** What a Delta table holds, read by its log and its Parquet files alone. */
export interface LakeTable {
  readonly version: number
  readonly count: number
  readonly distinct: number
  /** Transaction → version, of which each partition of a stream has one. */
  readonly transactions: ReadonlyMap<string, number>
}

interface Action {
  readonly add?: { readonly path: string } | null
  readonly remove?: { readonly path: string } | null
  readonly txn?: { readonly appId: string; readonly version: number | string } | null
}

/** @param column tells rows apart */
export async function readLakeTable(folder: string, column: string): Promise<LakeTable> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const { version, files, transactions } = await replayLog(folder, connection)
    const list = [...files].map(path => `'${join(folder, decodeURIComponent(path))}'`).join(', ')
    const counted = await connection.runAndReadAll(
      files.size === 0
        ? 'SELECT 0, 0'
        : `SELECT count(*)::INTEGER, count(DISTINCT ${column})::INTEGER FROM read_parquet([${list}])`,
    )
    const [[count = 0, distinct = 0] = []] = counted.getRows() as number[][]
    return { version, count, distinct, transactions }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function replayLog(folder: string, connection: DuckDBConnection) {
  const log = join(folder, '_delta_log')
  const files = new Set<string>()
  const transactions = new Map<string, number>()
  const apply = ({ add, remove, txn }: Action): void => {
    if (add) files.add(add.path)
    if (remove) files.delete(remove.path)
    if (txn) transactions.set(txn.appId, Number(txn.version))
  }
  let version = await checkpointVersion(log)
  if (version >= 0) for (const action of await checkpoint(log, version, connection)) apply(action)
  const names = new Set(await readdir(log))
  while (names.has(fileName(version + 1, 'json'))) {
    const text = await readFile(join(log, fileName(++version, 'json')), 'utf8')
    for (const line of text.split('\n')) if (line !== '') apply(JSON.parse(line) as Action)
  }
  return { version, files, transactions }
}

async function checkpointVersion(log: string): Promise<number> {
  const text = await readFile(join(log, '_last_checkpoint'), 'utf8').catch(() => undefined)
  return text === undefined ? -1 : (JSON.parse(text) as { version: number }).version
}

async function checkpoint(
  log: string,
  version: number,
  connection: DuckDBConnection,
): Promise<Action[]> {
  const file = join(log, fileName(version, 'checkpoint.parquet'))
  const actions = await connection.runAndReadAll(
    `SELECT to_json({add: {path: add.path}, txn: {appId: txn.appId, version: txn.version}})::VARCHAR
      FROM read_parquet('${file}') WHERE add IS NOT NULL OR txn IS NOT NULL`,
  )
  return actions.getRows().map(([text]) => {
    const { add, txn } = JSON.parse(String(text)) as Action
    return { add: add?.path ? add : null, txn: txn?.appId ? txn : null }
  })
}

function fileName(version: number, kind: string): string {
  return `${String(version).padStart(20, '0')}.${kind}`
}
