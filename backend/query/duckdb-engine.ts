import type { Clock } from '../base/clock.ts'
import { Failure, isFailure } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import type { Positions } from '../events/event-log.ts'
import type { RecordBatch } from '../events/record-batch.ts'
import type { IngestFollower } from '../ingest/ingest-parts.ts'
import { committedPositions } from '../ingest/lake-commit.ts'
import type { StreamTables } from '../ingest/stream-tables.ts'
import type { Lake } from '../lake/lake.ts'
import type { Definition } from '../live/definition-store.ts'
import type { MappedReader } from '../live/mapped-reader.ts'
import type { TableMapping } from '../live/table-mapping.ts'
import type { Tail } from '../live/tail.ts'
import type { DefinitionEngine } from './definitions.ts'
import type { EngineLink, EngineLinkHandlers } from './engine-link.ts'
import { type EngineSetup, type FromProcess, runsMax, type ToProcess } from './engine-messages.ts'
import { type BringRequest, EngineRun } from './engine-run.ts'
import { engineUnavailable } from './engine-unavailable.ts'
import { Latch } from './latch.ts'
import { PendingAnswers } from './pending-answers.ts'
import { failureOf, type PlainFailure, plainFailure } from './plain-failure.ts'
import type {
  QueryEngine,
  QueryResult,
  RunOptions,
  Statement,
  StatementPlanner,
  StreamScan,
} from './query-engine.ts'
import { RunSlots } from './run-slots.ts'
import { bringFiles, firstFiles } from './scans/bring-files.ts'
import { SnapshotFeed, type SnapshotListener } from './snapshot-feed.ts'
import { TailFeed } from './tail-feed.ts'
import type { ViewDefinition } from './views/view-statement.ts'
import type { VisibleChange } from './visible-change.ts'

export interface DuckDbEngineParts {
  readonly setup: EngineSetup
  startProcess(handlers: EngineLinkHandlers, log: Log): EngineLink
  readonly lake: Lake
  /** Stream → its tables. */
  readonly tables: ReadonlyMap<string, StreamTables>
  /** Reads the rows of tables of HBase that statements need. */
  readonly mappedReader: MappedReader
  readonly clock: Clock
  readonly log: Log
}

type ViewsRequest = Extract<FromProcess, { type: 'bringToViews' }>

export type VisibleListener = (change: VisibleChange) => void

/** Of a history that is fetched for live views, in bytes, and as a share of what may lie here. */
const viewsBytesMax = 256 * 2 ** 20
const viewsShareMax = 1 / 8

const waitingMax = 200
const readyWaitMsMax = 20_000
const restartMsMax = 5_000

interface Followed {
  readonly begun: Positions
  readonly tail: Tail
  feed: TailFeed | undefined
  /** Resolves when statements see what was in the live store when the feed began. */
  started: Promise<void>
}

/**
 * DuckDB in a process of its own that follows ingest, so that each statement sees history and now in one. A process that
 * ends is replaced; statements that had not answered yet run again, once.
 */
export class DuckDbEngine implements QueryEngine, StatementPlanner, IngestFollower {
  readonly name = 'server'
  readonly #parts: DuckDbEngineParts
  readonly #slots = new RunSlots({ runningMax: runsMax, waitingMax })
  readonly #runs = new Map<number, EngineRun>()
  /** Live views, which each process is told of. */
  readonly views = this.#defined<ViewDefinition>(
    (id, definition) => ({ type: 'view', id, definition }),
    (id, name) => ({ type: 'dropView', id, name }),
  )
  /** Tables of HBase, likewise. */
  readonly mappedTables = this.#defined<TableMapping>(
    (id, mapping) => ({ type: 'mapping', id, mapping }),
    (id, name) => ({ type: 'dropMapping', id, name }),
  )
  /** Resolves when a process that has just started has all of them. */
  #definitionsMade: Promise<void> = Promise.resolve()
  /** What the process was asked to do and has not answered. */
  readonly #changes = new PendingAnswers<void>()
  readonly #plans = new PendingAnswers<readonly StreamScan[]>()
  readonly #listeners = new Set<VisibleListener>()
  readonly #snapshots: SnapshotFeed
  readonly #followed = new Map<string, Followed>()
  /** Open while statements see all that ingest had told when the process started. */
  readonly #ready = new Latch()
  #link: EngineLink | undefined
  #runCount = 0
  #isClosed = false

  constructor(parts: DuckDbEngineParts) {
    this.#parts = parts
    const { lake, tables, clock, log } = parts
    this.#snapshots = new SnapshotFeed({
      ...{ lake, tables, clock, log },
      begunAt: stream => this.#followed.get(stream)?.begun,
      send: state => this.#link?.send({ type: 'table', state }),
      onSent: stream => this.#startFeed(stream),
    })
  }

  start(): void {
    this.#startProcess(0)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#snapshots.close()
    this.#link?.kill()
    for (const run of this.#runs.values()) run.lose(engineUnavailable('Millrace is stopping.'))
  }

  onVisible(listener: VisibleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onSnapshot(listener: SnapshotListener): () => void {
    return this.#snapshots.listen(listener)
  }

  async run(statement: Statement, options: RunOptions): Promise<QueryResult> {
    const giveBack = await this.#slots.take(options.signal)
    for (let attemptsLeft = 1; ; attemptsLeft--) {
      let run: EngineRun | undefined
      try {
        run = await this.#send(statement, options)
        const result = await run.result()
        void run.settled.then(giveBack)
        return result
      } catch (error) {
        await run?.settled
        const isLost = isFailure(error, 'engine-unavailable') && run !== undefined
        if (isLost && attemptsLeft > 0 && !this.#isClosed) continue
        giveBack()
        throw error
      }
    }
  }

  async plan(statement: Statement, signal: AbortSignal): Promise<readonly StreamScan[]> {
    const giveBack = await this.#slots.take(signal)
    try {
      const isReady = await this.#ready.wait(readyWaitMsMax, signal)
      const link = this.#link
      if (!isReady || !link) throw engineUnavailable('The query engine does not start.')
      const id = ++this.#runCount
      return await this.#plans.ask(id, () => link.send({ type: 'plan', id, statement }))
    } finally {
      giveBack()
    }
  }

  /** What is defined once and told to every process. */
  #defined<D extends Definition>(
    adding: (id: number, definition: D) => ToProcess,
    removing: (id: number, name: string) => ToProcess,
  ): DefinitionEngine<D> & { addAll(): Promise<void> } {
    const known = new Map<string, D>()
    return {
      add: async definition => {
        await this.#ask(id => adding(id, definition))
        known.set(definition.name, definition)
      },
      remove: async name => {
        await this.#ask(id => removing(id, name))
        known.delete(name)
      },
      addAll: async () => {
        for (const definition of known.values()) {
          await this.#ask(id => adding(id, definition)).catch(error => {
            const { name } = definition
            this.#parts.log.error({ err: error, name }, 'what was defined cannot be made again')
          })
        }
      },
    }
  }

  async #makeDefinitions(): Promise<void> {
    await this.mappedTables.addAll()
    await this.views.addAll()
  }

  async #ask(message: (id: number) => ToProcess): Promise<void> {
    const link = this.#link
    if (link === undefined) throw engineUnavailable('The query engine does not run.')
    const id = ++this.#runCount
    await this.#changes.ask(id, () => link.send(message(id)))
  }

  begun(stream: string, positions: Positions, tail: Tail): void {
    this.#followed.set(stream, {
      begun: positions,
      tail,
      feed: undefined,
      started: Promise.resolve(),
    })
    this.#snapshots.update(stream)
  }

  tailWritten(stream: string, batches: readonly RecordBatch[], asOf: number): void {
    this.#followed.get(stream)?.feed?.offer(batches, asOf)
  }

  committed(stream: string): void {
    this.#snapshots.update(stream)
  }

  async #send(statement: Statement, options: RunOptions): Promise<EngineRun> {
    const isReady = await this.#ready.wait(readyWaitMsMax, options.signal)
    if (options.signal.aborted) throw new Failure('query-cancelled', 'The statement was cancelled.')
    const link = this.#link
    if (!isReady || !link || this.#isClosed)
      throw engineUnavailable('The query engine does not start.')
    const id = ++this.#runCount
    const { mappedReader } = this.#parts
    const run = new EngineRun({
      ...{ id, statement, options, link, mappedReader },
      bring: (request, onHere) => this.#bring(id, request, onHere),
      kill: () => link.kill(),
    })
    this.#runs.set(id, run)
    void run.settled.then(() => this.#runs.delete(id))
    return run
  }

  /** Files stay here until the statement has ended. */
  async #bring(id: number, request: BringRequest, onHere: (count: number) => void): Promise<void> {
    const user = `statement ${id} on ${request.stream}`
    const letGo = await bringFiles(this.#parts.lake, user, request, onHere)
    const run = this.#runs.get(id)
    if (run) void run.settled.then(letGo)
    else letGo()
  }

  /** As many files as there is room for stay here until live views of the stream ask for others. */
  async #bringToViews({ id, stream, files }: ViewsRequest): Promise<void> {
    const { lake } = this.#parts
    const link = this.#link
    const fitting = firstFiles(files, Math.min(viewsBytesMax, viewsShareMax * lake.localBytesMax))
    let failure: PlainFailure | undefined
    try {
      const letGo = await bringFiles(lake, viewsUser(stream), { stream, ...fitting })
      if (link !== this.#link) letGo()
    } catch (error) {
      failure = plainFailure(error)
    }
    const count = fitting.paths.length
    link?.send({ type: 'broughtToViews', id, count, failure })
  }

  #startProcess(failures: number): void {
    const { log, setup, clock, lake, tables } = this.#parts
    const startedAt = clock.elapsed()
    const link = this.#parts.startProcess(
      {
        onMessage: message => this.#handle(message),
        onEnd: cause => {
          const isQuick = clock.elapsed() - startedAt < restartMsMax
          this.#lost(cause, isQuick ? failures + 1 : 1)
        },
      },
      log,
    )
    this.#link = link
    link.send({ type: 'setup', setup })
    this.#definitionsMade = this.#makeDefinitions()
    for (const followed of this.#followed.values()) followed.feed = undefined
    for (const stream of tables.keys()) void lake.localFiles(viewsUser(stream), []).catch(() => {})
    this.#snapshots.restart()
  }

  #lost(cause: string, failures: number): void {
    this.#ready.close()
    this.#link = undefined
    if (this.#isClosed) return
    const { log, clock } = this.#parts
    log.warn({ cause, statements: this.#runs.size }, 'the query engine ended and is started again')
    const lost = engineUnavailable(`The query engine ended (${cause}).`)
    for (const run of this.#runs.values()) run.lose(lost)
    for (const asked of [this.#changes, this.#plans]) asked.failAll(lost)
    const delayMs = failures <= 1 ? 0 : Math.min(100 * 2 ** failures, restartMsMax)
    void clock.sleep(delayMs).then(() => {
      if (!this.#isClosed) this.#startProcess(failures)
    })
  }

  #handle(message: FromProcess): void {
    switch (message.type) {
      case 'ready':
        void this.#snapshots.settled.then(() => this.#catchUp(this.#link))
        break
      case 'applied': {
        const { stream, positions, version, asOf, isTail } = message
        this.#followed.get(stream)?.feed?.applied(positions, isTail)
        for (const listener of this.#listeners) {
          listener({ stream, positions, version, asOf, isSnapshot: !isTail })
        }
        break
      }
      case 'changed':
        this.#changes.answer(message.id, outcomeOf(message.failure, undefined))
        break
      case 'planned':
        this.#plans.answer(message.id, outcomeOf(message.failure, message.scans))
        break
      case 'several':
        for (const each of message.messages) this.#handle(each)
        break
      case 'bringToViews':
        void this.#bringToViews(message)
        break
      case 'viewsHold':
        this.#snapshots.hold(message.stream, message.held)
        break
      case 'gap':
        this.#followed.get(message.stream)?.feed?.refused(message.positions)
        break
      default:
        this.#runs.get(message.id)?.handle(message)
    }
  }

  /** Lets statements in when what was in the live store at the start of the process is in its tables. */
  async #catchUp(link: EngineLink | undefined): Promise<void> {
    await this.#ask(id => ({ type: 'settle', id })).catch(() => {})
    const feeds = [...this.#followed.values()].map(({ started }) => started)
    const caughtUp = await Promise.allSettled(feeds)
    await this.#definitionsMade
    for (const outcome of caughtUp) {
      if (outcome.status === 'fulfilled') continue
      this.#parts.log.error({ err: outcome.reason }, 'the live tail cannot be read')
    }
    if (this.#link === link) this.#ready.open()
  }

  #startFeed(stream: string): void {
    const { tables } = this.#parts
    const followed = this.#followed.get(stream)
    const table = tables.get(stream)?.events
    const link = this.#link
    if (!followed || !table || !link || followed.feed) return
    const committed = committedPositions(table.snapshot, stream)
    const positions = new Map([...followed.begun, ...committed])
    const { tail } = followed
    followed.feed = new TailFeed({
      tail,
      positions,
      send: (batches, asOf) => link.send({ type: 'tail', stream, batches, asOf }),
      onError: error =>
        this.#parts.log.error({ err: error, stream }, 'the live tail cannot be read'),
    })
    followed.started = followed.feed.start()
    followed.started.catch(() => {})
  }
}

/** Who has files of the lake for live views. */
function viewsUser(stream: string): string {
  return `live views on ${stream}`
}

function outcomeOf<T>(failure: PlainFailure | undefined, value: T) {
  return failure ? { failure: failureOf(failure) } : { value }
}
