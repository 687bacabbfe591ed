import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
import { openDuckDb } from './duckdb.ts'
import { literal } from './sql.ts'

/** How many bytes of a file stay in memory after it was read. */
async function keptBytes(keepsFiles: boolean): Promise<number> {
  const folder = await makeTemporaryFolder()
  const settings = { threads: 1, memoryBytesMax: 2 ** 28, spillFolder: folder, keepsFiles }
  const connection = await (await openDuckDb(settings)).connect()
  onTestFinished(() => connection.closeSync())
  const file = literal(join(folder, 'rows.parquet'))
  await connection.run(`COPY (SELECT hash(range) AS h FROM range(200000)) TO ${file}`)
  await connection.run(`SELECT sum(h) FROM ${file}`)
  const read = await connection.runAndReadAll(
    "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'EXTERNAL_FILE_CACHE'",
  )
  return Number(read.getRows()[0]?.[0])
}

test('files that are read once do not stay in memory', async () => {
  expect(await keptBytes(false)).toBe(0)
  expect(await keptBytes(true)).toBeGreaterThan(0)
})
