import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { openDuckDb } from '../base/duckdb.ts'
import { makeFolder, replaceFile } from '../base/durable-file.ts'
import { Failure, isFailure, messageOf } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import type { SetAsideAnswer, Verification, VerificationReport } from '../contract/verification.ts'
import type { EventLog } from '../events/event-log.ts'
import type { StreamTables } from '../ingest/stream-tables.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { LiveStore } from '../live/live-store.ts'
import { setFileAside, setLogEntryAside } from './set-aside.ts'
import { StreamCheck, type StreamCheckResult } from './stream-check.ts'

export interface VerifierParts {
  /** Stream → its tables. */
  readonly tables: ReadonlyMap<string, StreamTables>
  readonly lake: Lake
  readonly eventLog: EventLog
  readonly liveStore: LiveStore
  /** Holds the last report of each stream. */
  readonly reportsFolder: string
  readonly spillFolder: string
  readonly clock: Clock
  readonly log: Log
  /** The tables of a stream have other files. */
  onChange(stream: string): void
}

interface Check {
  verification: Verification
  abort: AbortController | undefined
  /** Of the last check in this process. */
  lostFiles: StreamCheckResult['lostFiles']
  ended: Promise<void>
}

const memoryBytesMax = 2 ** 30

/** Checks streams while they are taken, one at a time. */
export class Verifier {
  readonly #parts: VerifierParts
  readonly #checks: ReadonlyMap<string, Check>
  #turn: Promise<void> = Promise.resolve()

  private constructor(parts: VerifierParts, checks: ReadonlyMap<string, Check>) {
    this.#parts = parts
    this.#checks = checks
  }

  /** Finds the reports of earlier processes. */
  static async open(parts: VerifierParts): Promise<Verifier> {
    await makeFolder(parts.reportsFolder)
    const checks = new Map<string, Check>()
    for (const stream of parts.tables.keys()) {
      const report = await readReport(join(parts.reportsFolder, `${stream}.json`))
      const verification: Verification = { state: 'idle', report }
      checks.set(stream, {
        verification,
        abort: undefined,
        lostFiles: [],
        ended: Promise.resolve(),
      })
    }
    return new Verifier(parts, checks)
  }

  /** @throws Failure `unknown-stream` */
  state(stream: string): Verification {
    return this.#check(stream).verification
  }

  /** Begins a check, unless one is under way. */
  start(stream: string): Verification {
    const check = this.#check(stream)
    if (check.abort === undefined) {
      const abort = new AbortController()
      check.abort = abort
      check.verification = { state: 'waiting', report: check.verification.report }
      check.ended = this.#turn.then(() => this.#run(stream, check, abort.signal))
      this.#turn = check.ended
    }
    return check.verification
  }

  /** Resolves when the check, if there is one, has ended. */
  async cancel(stream: string): Promise<Verification> {
    const check = this.#check(stream)
    check.abort?.abort()
    await check.ended
    return check.verification
  }

  /**
   * Takes a file that the last checks found damaged or missing out of its table.
   * @param path in the lake
   * @throws Failure `nothing-to-set-aside` when they did not
   */
  async setAside(path: string): Promise<SetAsideAnswer> {
    const { table, streams } = this.#owner(path)
    const inside = path.slice(table.name.length + 1)
    if (inside.startsWith('_delta_log/')) {
      this.#findingOf(streams, path)
      return setLogEntryAside(table, path)
    }
    const lost = streams.map(stream => {
      const found = this.#check(stream).lostFiles.find(
        each => each.table === table && each.file.path === inside,
      )
      if (found === undefined) throw nothingToSetAside(path, stream)
      return { stream, ...found.lost }
    })
    const losses = lost.filter(({ partitions }) => partitions.length > 0)
    const answer = await setFileAside(table, inside, losses, this.#parts.clock)
    this.#parts.log.warn({ file: path, offsets: answer.offsets }, 'a file was set aside')
    for (const stream of streams) this.#parts.onChange(stream)
    return answer
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    for (const { abort } of this.#checks.values()) abort?.abort()
    await this.#turn
  }

  async #run(stream: string, check: Check, signal: AbortSignal): Promise<void> {
    const { report } = check.verification
    try {
      const result = await this.#count(stream, check, signal)
      await replaceFile(this.#reportFile(stream), JSON.stringify(result.report))
      check.lostFiles = result.lostFiles
      check.verification = { state: 'idle', report: result.report }
      this.#tellLog(result.report)
    } catch (error) {
      if (signal.aborted) check.verification = { state: 'cancelled', report }
      else {
        this.#parts.log.error({ err: error, stream }, 'a check failed')
        check.verification = { state: 'failed', problem: problemOf(error), report }
      }
    } finally {
      check.abort = undefined
    }
  }

  /** In a DuckDB of its own, which goes with the check. */
  async #count(stream: string, check: Check, signal: AbortSignal): Promise<StreamCheckResult> {
    signal.throwIfAborted()
    const { report } = check.verification
    const { spillFolder, tables } = this.#parts
    const streamTables = tables.get(stream)
    if (streamTables === undefined) throw unknownStream(stream)
    const duckDb = await openDuckDb({ threads: 1, memoryBytesMax, spillFolder })
    const connection = await duckDb.connect()
    const interrupt = (): void => connection.interrupt()
    signal.addEventListener('abort', interrupt)
    try {
      return await StreamCheck.run({
        ...this.#parts,
        ...{ stream, tables: streamTables, connection, signal },
        onProgress: progress => {
          check.verification = { state: 'running', progress, report }
        },
      })
    } finally {
      signal.removeEventListener('abort', interrupt)
      connection.closeSync()
      duckDb.closeSync()
    }
  }

  #tellLog({ stream, findings }: VerificationReport): void {
    for (const { kind, detail } of findings) this.#parts.log.error({ stream, kind }, detail)
  }

  /** The table of a file, and the streams that have rows in it. */
  #owner(path: string): { table: DeltaTable; streams: string[] } {
    const owners = [...this.#parts.tables].flatMap(([stream, { events, deadLetters }]) =>
      [events, deadLetters].map(table => ({ stream, table })),
    )
    const found = owners.filter(({ table }) => path.startsWith(`${table.name}/`))
    const [owner] = found
    if (owner === undefined) {
      throw new Failure('nothing-to-set-aside', `${path} is no file of a table.`, {
        hint: 'Name it as the finding does, such as events/event_date=2026-01-31/part-….parquet.',
      })
    }
    return { table: owner.table, streams: found.map(({ stream }) => stream) }
  }

  #findingOf(streams: readonly string[], path: string): void {
    const [first = ''] = streams
    const reports = streams.map(stream => this.#check(stream).verification.report)
    const isFound = reports.some(report => report?.findings.some(({ file }) => file === path))
    if (!isFound) throw nothingToSetAside(path, first)
  }

  #check(stream: string): Check {
    const check = this.#checks.get(stream)
    if (check === undefined) throw unknownStream(stream)
    return check
  }

  #reportFile(stream: string): string {
    return join(this.#parts.reportsFolder, `${stream}.json`)
  }
}

async function readReport(file: string): Promise<VerificationReport | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VerificationReport
  } catch {
    return null
  }
}

function problemOf(error: unknown): NonNullable<Verification['problem']> {
  if (!isFailure(error)) return { code: 'internal', detail: messageOf(error) }
  const { code, message, hint } = error
  return { code, detail: message, ...(hint === undefined ? {} : { hint }) }
}

function unknownStream(stream: string): Failure {
  return new Failure('unknown-stream', `There is no stream "${stream}".`)
}

function nothingToSetAside(path: string, stream: string): Failure {
  return new Failure(
    'nothing-to-set-aside',
    `The last check of ${stream} since the start of Millrace found nothing wrong with ${path}.`,
    { hint: 'Check first: npm run verify -- --set-aside does both.' },
  )
}
