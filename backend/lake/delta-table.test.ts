import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { Checkpoints, ParquetActionFiles } from './checkpoint.ts'
import { planCompaction } from './compaction.ts'
import { type Action, type AddFile, emptySnapshot, type Snapshot } from './delta-log.ts'
import { DeltaTable, type TableDefinition } from './delta-table.ts'
import { LocalLake } from './local-lake.ts'
import { Maintenance, mergedRows } from './maintenance.ts'
import { selectedRows, writeRows } from './parquet-writer.ts'
import { scanSql } from './scan.ts'

const definition: TableDefinition = {
  name: 'orders',
  columns: [
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'id', type: 'BIGINT' },
    { name: 'price', type: 'DECIMAL(18,2)' },
    { name: 'note', type: 'VARCHAR' },
    { name: 'event_date', type: 'DATE' },
  ],
  partitionColumns: ['event_date'],
}

let folder: string
let lake: LocalLake
let connection: DuckDBConnection
beforeEach(async () => {
  folder = await temporaryFolder()
  lake = await LocalLake.open(folder)
  connection = await (await DuckDBInstance.create()).connect()
})

function openTable(
  changed: Partial<TableDefinition> = {},
  clock: Clock = systemClock,
): Promise<DeltaTable> {
  const checkpoints = new Checkpoints(lake, new ParquetActionFiles(connection))
  return DeltaTable.open({ ...definition, ...changed }, { lake, clock, checkpoints })
}

async function writeOrders(table: DeltaTable, from: number, count: number): Promise<AddFile[]> {
  const select = `SELECT TIMESTAMP '2019-10-01' + INTERVAL (i) HOUR AS "at", 2053013555631882655 + i AS id,
       (i + 0.25)::DECIMAL(18,2) AS price, 'n' || i AS note, CAST("at" AS DATE) AS event_date
     FROM range(${from}, ${from + count}) r(i)`
  const rows = selectedRows(connection, select)
  return writeRows(rows, { lake, table, now: Date.now(), dataChange: true })
}

async function append(table: DeltaTable, from: number, count: number): Promise<void> {
  const files = await writeOrders(table, from, count)
  await table.commit(() => ({ operation: 'WRITE', actions: files.map(add => ({ add })) }))
}

async function rowsOf(snapshot: Snapshot): Promise<string[][]> {
  const paths = [...snapshot.files.keys()].map(path => `orders/${path}`)
  const files = await lake.localFiles('test', paths)
  const sql = `SELECT id, note FROM (${scanSql(files, definition.columns.slice(0, 4))}) ORDER BY id`
  return (await connection.runAndReadAll(sql)).getRowsJson() as string[][]
}

/** A clock that is ahead by so long, which can be changed. */
function clockAhead(hours: number): Clock & { hours: number } {
  const clock = {
    hours,
    now: () => Date.now() + clock.hours * 3_600_000,
    elapsed: () => performance.now(),
    sleep: async () => {},
  }
  return clock
}

function maintenance(table: DeltaTable, changed = {}, clock: Clock = systemClock): Maintenance {
  return new Maintenance(
    table,
    { lake, clock, mergedRows: merge => mergedRows(connection, merge) },
    {
      targetBytes: 128 << 20,
      fanIn: 4,
      checkpointEveryVersions: 10,
      historyMs: 0,
      sortColumn: 'at',
      ...changed,
    },
  )
}

const never = new AbortController().signal

describe('a Delta table', () => {
  test('holds what was committed, with exact statistics, after it is opened again', async () => {
    await append(await openTable(), 0, 30)
    const { files } = (await openTable()).snapshot
    expect([...files.values()].map(file => file.partitionValues)).toEqual([
      { event_date: '2019-10-01' },
      { event_date: '2019-10-02' },
    ])
    const stats = [...files.values()][0]?.stats ?? ''
    expect(stats).toContain('"numRecords":24')
    expect(stats).toContain('"id":2053013555631882655')
    expect(JSON.parse(stats).maxValues).toMatchObject({
      at: '2019-10-01T23:00:00',
      price: 23.25,
      note: 'n9',
    })
    expect(await rowsOf((await openTable()).snapshot)).toHaveLength(30)
  })

  test('rivals commit one after the other, each on what the other left', async () => {
    const tables = await Promise.all([openTable(), openTable(), openTable()])
    await Promise.all(
      tables.flatMap((table, n) =>
        Array.from({ length: 10 }, () =>
          table.commit(snapshot => {
            const last = snapshot.transactions.get('counter')?.version ?? 0
            return {
              operation: 'COUNT',
              actions: [{ txn: { appId: 'counter', version: last + 1, lastUpdated: n } }],
            }
          }),
        ),
      ),
    )
    expect((await openTable()).snapshot.transactions.get('counter')?.version).toBe(30)
  })

  test('a decision that finds its work done commits nothing', async () => {
    const table = await openTable()
    const { version } = table.snapshot
    expect(await table.commit(() => undefined)).toBeUndefined()
    expect((await table.refresh()).version).toBe(version)
  })

  test('columns may be added, and none may change', async () => {
    await append(await openTable(), 0, 2)
    const columns = [...definition.columns, { name: 'country', type: 'VARCHAR' }]
    const wider = await openTable({ columns })
    expect(JSON.parse(wider.snapshot.metaData?.schemaString ?? '').fields).toHaveLength(6)
    const paths = [...wider.snapshot.files.keys()].map(path => `orders/${path}`)
    const files = await lake.localFiles('test', paths)
    const read = await connection.runAndReadAll(
      `SELECT country FROM (${scanSql(files, [{ name: 'country', type: 'VARCHAR' }])})`,
    )
    expect(read.getRowsJson()).toEqual([[null], [null]])
    const changed = columns.map(c => (c.name === 'note' ? { ...c, type: 'BIGINT' } : c))
    await expect(openTable({ columns: changed })).rejects.toSatisfy(e =>
      isFailure(e, 'lake-schema'),
    )
    await expect(openTable()).rejects.toThrow('"country"')
  })

  test('a checkpoint stands for all commits before it', async () => {
    const table = await openTable()
    for (let n = 0; n < 12; n++) await append(table, n * 5, 5)
    await table.commit(() => ({
      operation: 'MARK',
      actions: [
        { txn: { appId: 'orders-0', version: 59, lastUpdated: 1 } },
        { domainMetadata: { domain: 'millrace.orders', configuration: '{"a":1}', removed: false } },
      ],
    }))
    await table.writeCheckpoint(0)
    await append(table, 60, 5)
    for (const name of await readdir(join(folder, 'orders/_delta_log'))) {
      if (/^0+[0-9]\.json$/.test(name)) await rm(join(folder, 'orders/_delta_log', name))
    }
    const reopened = await openTable()
    expect(reopened.snapshot.version).toBe(table.snapshot.version)
    expect([...reopened.snapshot.files].map(plainCopy)).toEqual(
      [...table.snapshot.files].map(plainCopy),
    )
    expect(reopened.snapshot.metaData).toEqual(table.snapshot.metaData)
    expect(reopened.snapshot.protocol).toEqual(table.snapshot.protocol)
    expect(reopened.snapshot.transactions).toEqual(table.snapshot.transactions)
    expect(reopened.snapshot.domains).toEqual(table.snapshot.domains)
    expect(await rowsOf(reopened.snapshot)).toHaveLength(65)
  })

  test('a damaged commit is named, and a damaged checkpoint does no harm while the log is whole', async () => {
    const table = await openTable()
    await append(table, 0, 5)
    await table.writeCheckpoint(0)
    const log = join(folder, 'orders/_delta_log')
    await writeFile(join(log, `${'0'.repeat(19)}1.checkpoint.parquet`), 'broken')
    expect(await rowsOf((await openTable()).snapshot)).toHaveLength(5)
    await writeFile(join(log, `${'0'.repeat(19)}1.json`), '{"add":')
    await expect(openTable()).rejects.toSatisfy(e => isFailure(e, 'lake-corrupt'))
  })
})

describe('maintenance', () => {
  test('many small commits over many dates leave few files, the same rows, and readable old snapshots', async () => {
    const table = await openTable()
    const keeper = maintenance(table, { historyMs: 3_600_000 })
    const old: Snapshot[] = []
    for (let n = 0; n < 40; n++) {
      await append(table, n * 3, 60)
      if (n % 8 === 0) old.push(table.snapshot)
      await keeper.run(never)
    }
    const days = new Set([...table.snapshot.files.values()].map(f => f.partitionValues.event_date))
    expect(table.snapshot.files.size).toBeLessThanOrEqual(days.size * 4)
    expect(await rowsOf(table.snapshot)).toHaveLength(40 * 60)
    for (const [n, snapshot] of old.entries()) {
      expect(await rowsOf(snapshot)).toHaveLength((n * 8 + 1) * 60)
    }
  })

  test('vacuum frees what no snapshot names, and nothing else', async () => {
    const table = await openTable()
    await writeOrders(table, 1000, 5)
    for (let n = 0; n < 12; n++) await append(table, n * 2, 2)
    const keeper = maintenance(table, {}, clockAhead(1))
    await keeper.run(never)
    await maintenance(table, {}, clockAhead(4)).vacuum()
    const data: string[] = []
    for await (const { path } of lake.list('orders')) data.push(path.slice('orders/'.length))
    expect(data.filter(path => path.endsWith('.parquet') && !path.startsWith('_'))).toEqual(
      [...table.snapshot.files.keys()].sort(),
    )
    expect(data.filter(path => path.startsWith('_delta_log')).length).toBeLessThan(8)
    expect(await rowsOf((await openTable()).snapshot)).toHaveLength(24)
  })

  test('a damaged file is not merged, and keeps nothing else from being kept up', async () => {
    const table = await openTable()
    for (let n = 0; n < 12; n++) await append(table, n, 1)
    const [damaged = ''] = table.snapshot.files.keys()
    const path = join(folder, table.filePath(damaged))
    const bytes = await readFile(path)
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
    await rm(path)
    await writeFile(path, bytes)
    const keeper = maintenance(table, { historyMs: 3_600_000 })
    for (let n = 0; n < 3; n++) await keeper.run(never)
    const { files } = table.snapshot
    expect([...files.keys()]).toContain(damaged)
    expect(files.size).toBeLessThan(6)
    expect(table.checkpointVersion).toBeGreaterThan(0)
    const reopened = (await openTable()).snapshot
    expect([...reopened.files.values()].map(({ tags }) => tags)).toEqual(
      [...files.values()].map(({ tags }) => tags),
    )
  })

  test('vacuum leaves what a commit under way may name, even without any history', async () => {
    const table = await openTable()
    const files = await writeOrders(table, 0, 5)
    for (let n = 0; n < 12; n++) await append(table, 100 + n, 1)
    const keeper = maintenance(table, {}, clockAhead(1))
    await keeper.run(never)
    await keeper.vacuum()
    await table.commit(() => ({ operation: 'WRITE', actions: files.map(add => ({ add })) }))
    expect(await rowsOf((await openTable()).snapshot)).toHaveLength(17)
  })

  test('files that have waited too long for their commit are refused, as vacuum may have freed them', async () => {
    const clock = clockAhead(0)
    const table = await openTable({}, clock)
    const files = await writeOrders(table, 0, 5)
    clock.hours = 1.1
    const commit = table.commit(() => ({ operation: 'W', actions: files.map(add => ({ add })) }))
    await expect(commit).rejects.toSatisfy(e => isFailure(e, 'lake-conflict'))
    expect(await rowsOf((await openTable()).snapshot)).toHaveLength(0)
  })

  test('who slept while the log was swept goes on from the checkpoint, and takes no freed version', async () => {
    const clock = clockAhead(0)
    const sleeper = await openTable({}, clock)
    const table = await openTable()
    for (let n = 0; n < 12; n++) await append(table, n, 1)
    await table.writeCheckpoint(0)
    await maintenance(table, {}, clockAhead(4)).vacuum()
    clock.hours = 5
    const seen: number[] = []
    await sleeper.commit(snapshot => {
      seen.push(snapshot.files.size)
      return { operation: 'MARK', actions: [] }
    })
    expect(seen).toEqual([12])
    expect((await table.refresh()).version).toBe(13)
  })

  test('a checkpoint that is there is not taken away to be written again', async () => {
    const table = await openTable()
    await append(table, 0, 5)
    const rival = await openTable()
    await table.writeCheckpoint(0)
    const deleted: string[] = []
    lake.delete = async paths => void deleted.push(...paths)
    await rival.writeCheckpoint(0)
    expect(deleted).toEqual([])
    expect(rival.checkpointVersion).toBe(1)
  })

  test('a merge whose files were taken away in the meantime is dropped', async () => {
    const table = await openTable()
    for (let n = 0; n < 6; n++) await append(table, n, 1)
    const rival = await openTable()
    await rival.commit(snapshot => {
      const [file] = snapshot.files.values()
      const remove: Action = {
        remove: {
          path: file?.path ?? '',
          deletionTimestamp: Date.now(),
          dataChange: true,
          extendedFileMetadata: true,
          partitionValues: {},
          size: 0,
        },
      }
      return { operation: 'DELETE', actions: [remove] }
    })
    await maintenance(table, { historyMs: 3_600_000 }).run(never)
    expect(await rowsOf((await openTable()).snapshot)).toHaveLength(5)
  })
})

test('however files arrive, a plan never takes one above the target and always leaves a bounded number', () => {
  const settings = { targetBytes: 1 << 20, fanIn: 4 }
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 100, max: 300_000 }), { maxLength: 200 }), sizes => {
      const files = new Map<string, AddFile>()
      let next = 0
      const add = (size: number) => {
        const path = `f${next++}`
        const file = { path, partitionValues: {}, size, modificationTime: 0, dataChange: true }
        files.set(path, file)
      }
      for (const size of sizes) {
        add(size)
        for (;;) {
          const [task] = planCompaction({ ...emptySnapshot, files }, settings)
          if (!task) break
          const bytes = task.files.reduce((sum, file) => sum + file.size, 0)
          expect(bytes).toBeLessThanOrEqual(settings.targetBytes)
          for (const file of task.files) files.delete(file.path)
          add(bytes)
        }
      }
      const small = [...files.values()].filter(file => file.size < settings.targetBytes / 2)
      expect(small.length).toBeLessThanOrEqual(12)
    }),
  )
})

function plainCopy([path, file]: [string, AddFile]): [string, AddFile] {
  return [path, { ...file, dataChange: false }]
}
