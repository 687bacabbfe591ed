import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { literal } from '../base/sql.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { sqlFailure } from './sql-failure.ts'
import { beingMade } from './views/being-made.ts'

const path = 'orders/event_date=2019-10-01/part-1.parquet'

async function failureOver(
  connection: DuckDBConnection,
  file: string,
): Promise<ReturnType<typeof sqlFailure> | undefined> {
  const sql = `SELECT max(id), max(note), max(day) FROM read_parquet([${literal(file)}], union_by_name = true)`
  try {
    await connection.run(sql)
    return undefined
  } catch (error) {
    return sqlFailure(error, sql)
  }
}

test('whatever damage a statement meets in a file of the lake, it says so and points to the check', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, path)
  await mkdir(join(file, '..'), { recursive: true })
  const connection = await (await DuckDBInstance.create()).connect()
  const missing = await failureOver(connection, file)
  expect(missing?.code).toBe('lake-corrupt')
  expect(missing?.message).toBe(`The file ${path} of the lake is damaged or gone.`)
  await connection.run(`COPY (SELECT i AS id, md5(i::VARCHAR) AS note, DATE '2019-10-01' + i::INT % 9 AS day
    FROM range(3000) r(i)) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`)
  const bytes = await readFile(file)
  const codes = new Set<string | undefined>()
  for (let n = 0; n < 150; n++) {
    const flipped = Buffer.from(bytes)
    const at = n < 50 ? bytes.length - 1 - n * 7 : Math.floor((bytes.length * n) / 151)
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (n % 8)), at)
    await writeFile(file, n % 40 === 39 ? bytes.subarray(0, at) : flipped)
    const failure = await failureOver(connection, file)
    codes.add(failure?.code)
    if (failure?.code === 'lake-corrupt') expect(failure.hint).toContain('npm run verify')
  }
  expect([...codes].filter(code => code !== undefined)).toEqual(['lake-corrupt'])
})

test('that a live view is being made is told with all that keeps it, whatever that is', async () => {
  const connection = await (await DuckDBInstance.create()).connect()
  const text = beingMade({
    ...{ view: 'days', stream: 'orders', left: 3, total: 8 },
    problem: 'HDFS answers "503": Cannot open file',
  })
  for (const asJson of ['false', 'true']) {
    await connection.run(`SET errors_as_json = ${asJson}`)
    const sql = `SELECT error(${literal(text)})`
    const failure = await connection.run(sql).catch((error: unknown) => sqlFailure(error, sql))
    expect(failure).toMatchObject({ code: 'view-being-made', message: text })
  }
})
