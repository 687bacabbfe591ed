import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import type { Finding, VerificationReport } from '../contract/verification.ts'
import { committedPositions } from '../ingest/lake-commit.ts'
import { eventsTable } from '../ingest/stream-tables.ts'
import { Checkpoints, ParquetActionFiles } from '../lake/checkpoint.ts'
import { commitName } from '../lake/delta-log.ts'
import { DeltaTable } from '../lake/delta-table.ts'
import { LocalLake } from '../lake/local-lake.ts'
import { Maintenance, mergedRows } from '../lake/maintenance.ts'
import { lakeRows, openEmbeddedIngest, ordersDefinition } from '../testing/embedded-ingest.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { Verifier } from './verifier.ts'

type Parts = Awaited<ReturnType<typeof openEmbeddedIngest>>

const good = (id: number) => `{"at":"2019-10-0${(id % 3) + 1} 00:00:00","id":${id}}`
const range = (count: number) => Array.from({ length: count }, (_, n) => n)

async function openVerified(folder: string, settings: { commitEveryMs?: number } = {}) {
  const parts = await openEmbeddedIngest(folder, { commitEveryMs: 20, ...settings })
  const verifier = await Verifier.open({
    ...parts,
    tables: new Map([['orders', parts.tables]]),
    reportsFolder: join(folder, 'verified'),
    spillFolder: join(folder, 'scratch'),
    clock: systemClock,
    log: silentLog,
    onChange() {},
  })
  onTestFinished(async () => {
    await verifier.close()
    await parts.close()
  })
  return { ...parts, verifier, folder, check: () => checkOf(verifier) }
}

async function checkOf(verifier: Verifier): Promise<VerificationReport> {
  verifier.start('orders')
  for (;;) {
    const { state, report, problem } = verifier.state('orders')
    expect(problem).toBeUndefined()
    if (state === 'idle' && report) return report
    await delay(5)
  }
}

async function ingest(parts: Parts, count: number): Promise<void> {
  const ingester = parts.startIngest()
  for (const round of range(count / 100)) {
    await parts.produce(range(100).map(n => (n % 10 === 0 ? 'bad' : good(round * 100 + n))))
    await delay(40)
  }
  await allCommitted(parts)
  await ingester.stop()
}

async function allCommitted(parts: Parts): Promise<void> {
  for (;;) {
    const { partitions } = await parts.eventLog.describeTopic('orders')
    const committed = committedPositions(parts.tables.events.snapshot, 'orders')
    if (partitions.every(p => (committed.get(p.partition) ?? 0) === p.endOffset)) return
    await delay(10)
  }
}

/** Files of the events, the biggest first. */
function dataFiles({ tables }: Parts): string[] {
  const files = [...tables.events.snapshot.files.values()].sort((a, b) => b.size - a.size)
  return files.map(({ path }) => tables.events.filePath(path))
}

async function flipBit(file: string, share = 0.3): Promise<void> {
  const bytes = await readFile(file)
  const at = Math.floor(bytes.length * share)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at)
  // Written aside, for a file that is being checked has a second name.
  await writeFile(`${file}.flipped`, bytes)
  await rename(`${file}.flipped`, file)
}

const kinds = ({ findings }: VerificationReport) => findings.map(({ kind }) => kind)
const only = ({ findings }: VerificationReport): Finding | undefined => {
  expect(findings).toHaveLength(1)
  return findings[0]
}
const sum = ({ partitions }: VerificationReport, key: 'rows' | 'deadLetters' | 'setAside') =>
  partitions.reduce((total, part) => total + part[key], 0)

describe('a check of a stream', () => {
  test('finds nothing while events arrive, commits, merges and frees go on, and counts them all', async () => {
    const parts = await openVerified(await temporaryFolder())
    const ingester = parts.startIngest()
    let isOver = false
    const producing = (async () => {
      for (let n = 0; !isOver; n++) {
        await parts.produce(range(40).map(k => (k === 7 ? 'bad' : good(n * 40 + k))))
        await delay(8)
      }
    })()
    const keeping = keepBusily(parts, () => isOver)
    const until = Date.now() + 2_500
    for (let version = 0; version < 12 || Date.now() < until; ) {
      const report = await parts.check()
      expect(report.findings).toEqual([])
      expect(report.partitions.every(({ addsUp }) => addsUp)).toBe(true)
      version = report.version
    }
    isOver = true
    await producing
    await keeping
    await allCommitted(parts)
    await ingester.stop()
    const report = await parts.check()
    const ends = await parts.eventLog.describeTopic('orders')
    expect(report.partitions.map(({ log }) => log.endOffset)).toEqual(
      ends.partitions.map(({ endOffset }) => endOffset),
    )
    expect(report.partitions.every(p => p.endOffset === p.log.endOffset && p.tail === 0)).toBe(true)
    expect(report.files.unsealed + report.commits.unsealed).toBe(0)
  })

  test('counts the tail that no commit has taken, and misses a block of it by name', async () => {
    const parts = await openVerified(await temporaryFolder(), { commitEveryMs: 60_000 })
    parts.startIngest()
    for (const n of range(4)) {
      await parts.produce(range(30).map(k => good(n * 30 + k)))
      await delay(60)
    }
    const report = await parts.check()
    expect(report.findings).toEqual([])
    expect(report.partitions.reduce((total, part) => total + part.tail, 0)).toBe(120)
    const keys: Buffer[] = []
    for await (const rows of parts.liveStore.scan('tail_orders')) keys.push(...rows.map(r => r.key))
    await parts.liveStore.deleteRows('tail_orders', keys.slice(1, 2))
    expect(only(await parts.check())).toMatchObject({
      kind: 'tail-gap',
      detail: expect.stringMatching(
        /^The tail of partition 0 of orders in the live store lacks offsets \d+ to \d+, and goes on/,
      ),
    })
  })

  test('names a file with a flipped bit and what is lost with it; set aside, the rest is readable and adds up', async () => {
    const parts = await openVerified(await temporaryFolder())
    await ingest(parts, 600)
    const [file = ''] = dataFiles(parts)
    await flipBit(join(parts.folder, 'lake', file))
    const report = await parts.check()
    expect(only(report)).toMatchObject({
      kind: 'file-damaged',
      file,
      detail: expect.stringMatching(
        /^orders\/event_date=.* does not match its checksum\. With it offsets? .* of partition \d.* of orders are gone\.$/,
      ),
    })
    expect(report.partitions.some(({ addsUp }) => !addsUp)).toBe(true)
    const answer = await parts.verifier.setAside(file)
    const after = await parts.check()
    expect(after.findings).toEqual([])
    expect(after.partitions.every(({ addsUp }) => addsUp)).toBe(true)
    expect(sum(after, 'setAside')).toBe(answer.offsets)
    expect(sum(after, 'rows')).toBe(540 - answer.offsets)
    const select = 'SELECT count(*)::INT'
    const rows = await lakeRows(parts.connection, parts.lake, parts.tables.events, select)
    expect(rows).toEqual([[540 - answer.offsets]])
    await expect(parts.verifier.setAside(file)).rejects.toThrow('found nothing wrong')
  })

  test('names a dead letter file that is gone', async () => {
    const parts = await openVerified(await temporaryFolder())
    await ingest(parts, 200)
    const { deadLetters } = parts.tables
    const [path = ''] = [...deadLetters.snapshot.files.keys()]
    await rm(join(parts.folder, 'lake', deadLetters.filePath(path)))
    const report = await parts.check()
    expect(only(report)).toMatchObject({
      kind: 'file-missing',
      detail: expect.stringMatching(
        /^dead_letters\/.* is gone, and the table names it\. With it offset/,
      ),
    })
    expect(sum(report, 'rows')).toBe(180)
    const { offsets } = await parts.verifier.setAside(deadLetters.filePath(path))
    expect(sum(await parts.check(), 'setAside')).toBe(offsets)
  })

  test('names events that are there twice, and those that are nowhere', async () => {
    const parts = await openVerified(await temporaryFolder())
    await ingest(parts, 300)
    const { events } = parts.tables
    const [file] = [...events.snapshot.files.values()]
    if (!file) throw new Error('no file')
    const again = { ...file, path: file.path.replace('part-', 'again-') }
    await parts.lake.fetchFile(events.filePath(file.path), join(parts.lake.stagingFolder, 'copy'))
    await parts.lake.putFile(join(parts.lake.stagingFolder, 'copy'), events.filePath(again.path))
    await events.commit(() => ({ operation: 'WRITE', actions: [{ add: again }] }))
    const doubled = await parts.check()
    expect(new Set(kinds(doubled))).toEqual(new Set(['duplicate']))
    expect(doubled.findings[0]?.detail).toMatch(
      /^Partition \d of orders: offsets? .* (is|are) there more than once\.$/,
    )
    const { path, partitionValues, size } = file
    const remove = {
      ...{ path, partitionValues, size },
      ...{ deletionTimestamp: 1, dataChange: true, extendedFileMetadata: true },
    }
    await events.commit(() => ({
      operation: 'DELETE',
      actions: [{ remove }, { remove: { ...remove, path: again.path } }],
    }))
    const gone = await parts.check()
    expect(new Set(kinds(gone))).toEqual(new Set(['gap']))
    expect(gone.findings[0]?.detail).toMatch(
      /^Partition \d of orders: offsets? .* missing, which versions? .* of the table accounts for\.$/,
    )
    expect(gone.partitions.some(({ addsUp }) => !addsUp)).toBe(true)
  })

  test('names a flipped bit in a commit; the table goes on from a checkpoint', async () => {
    const folder = await temporaryFolder()
    const parts = await openVerified(folder)
    await ingest(parts, 200)
    const { events } = parts.tables
    const path = events.logPath(commitName(1))
    await flipBit(join(folder, 'lake', path), 0.5)
    await expect(reopen(folder)).rejects.toThrow(`${path} does not match its checksum`)
    expect(only(await parts.check())).toMatchObject({
      kind: 'commit-damaged',
      file: path,
      detail: expect.stringContaining('Version 1 of orders'),
    })
    await parts.verifier.setAside(path)
    expect(only(await parts.check())?.detail).toContain(
      'Nothing is lost: the checkpoint of version',
    )
    await reopen(folder)
  })

  test('a damaged commit and those after it may be moved away: their events come again from the log', async () => {
    const folder = await temporaryFolder()
    const first = await openEmbeddedIngest(folder, { commitEveryMs: 20 })
    await ingest(first, 300)
    const newest = first.tables.events.snapshot.version
    const log = join(folder, 'lake', 'orders', '_delta_log')
    await first.close()
    for (const version of [newest - 1, newest]) await rm(join(log, commitName(version)))
    const parts = await openVerified(folder)
    expect((await parts.check()).findings).toEqual([])
    await ingest(parts, 0)
    const { findings, partitions } = await parts.check()
    expect(findings).toEqual([])
    expect(partitions.reduce((total, part) => total + part.rows, 0)).toBe(270)
  })

  test('is cancelled, and says what the last one found', async () => {
    const parts = await openVerified(await temporaryFolder())
    await ingest(parts, 100)
    const report = await parts.check()
    parts.verifier.start('orders')
    expect(await parts.verifier.cancel('orders')).toEqual({ state: 'cancelled', report })
  })
})

/** Merges and frees more than any Millrace would. */
async function keepBusily({ tables, lake }: Parts, isOver: () => boolean): Promise<void> {
  const connection = await (await DuckDBInstance.create()).connect()
  const keeper = new Maintenance(
    tables.events,
    { lake, clock: systemClock, mergedRows: merge => mergedRows(connection, merge) },
    {
      ...{ targetBytes: 128 << 20, fanIn: 2, sortColumn: 'at' },
      ...{ checkpointEveryVersions: 3, historyMs: 1_000 },
    },
  )
  while (!isOver()) {
    await keeper.run(new AbortController().signal)
    await delay(20)
  }
}

/** Opens the table anew, as a start of Millrace does. */
async function reopen(folder: string): Promise<void> {
  const lake = await LocalLake.open(join(folder, 'lake'))
  const connection = await (await DuckDBInstance.create()).connect()
  const checkpoints = new Checkpoints(lake, new ParquetActionFiles(connection))
  await DeltaTable.open(eventsTable(ordersDefinition), { lake, clock: systemClock, checkpoints })
}
