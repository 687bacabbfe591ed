import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { openDuckDb } from '../base/duckdb.ts'
import { invariant } from '../base/invariant.ts'
import { literal } from '../base/sql.ts'
import {
  type EngineSetup,
  type FromProcess,
  runsMax,
  type TableState,
  type ToProcess,
} from './engine-messages.ts'
import { MappedNeeds } from './mapped/mapped-needs.ts'
import { MappedRelations } from './mapped/mapped-relations.ts'
import { MappedStatement, type MappedStatementParts } from './mapped/mapped-statement.ts'
import { plainFailure } from './plain-failure.ts'
import { ScanNeeds } from './scans/scan-needs.ts'
import { StatementScans } from './scans/statement-scans.ts'
import { readFunctions } from './sql-functions.ts'
import { StatementReader } from './statement-reads.ts'
import { StatementRun } from './statement-run.ts'
import { type SightParts, statementSees } from './statement-sight.ts'
import { UnionTables } from './union-tables.ts'
import { EngineViews } from './views/engine-views.ts'
import type { ViewTables } from './views/view-tables.ts'

/*
 * The process in which statements of analysts run: it holds no secrets, its DuckDB reads the lake's folders and nothing
 * else, and when it dies its parent starts another. It ends when its parent does.
 */

/**
 * Settings of a session, made before the configuration is locked. Up to the size of its buffer DuckDB makes a result ahead
 * of what is encoded and sent.
 */
const sessionSql = `
  SET errors_as_json = true; SET enable_progress_bar = true; SET enable_progress_bar_print = false;
  SET progress_bar_time = 100; SET streaming_buffer_size = '8MB'`

type TailMessage = Extract<ToProcess, { type: 'tail' }>

class EngineProcess {
  readonly #idle: DuckDBConnection[] = []
  readonly #runs = new Map<number, StatementRun>()
  #tables: UnionTables | undefined
  #views: EngineViews | undefined
  #reader: StatementReader | undefined
  #scans: StatementScans | undefined
  #mapped: MappedStatementParts | undefined
  #changes: Promise<void> = Promise.resolve()
  readonly #tablesDue = new Map<string, TableState>()
  readonly #tailDue: TailMessage[] = []
  #isApplyPlanned = false

  async setUp(setup: EngineSetup): Promise<void> {
    const duckDb = await openDuckDb({ ...setup, keepsFiles: true })
    const writer = await duckDb.connect()
    this.#tables = await UnionTables.open(writer, setup.streams, setup.scratchFolder)
    const functions = await readFunctions(writer)
    const tables = this.#tables
    await writer.run('SET errors_as_json = true')
    this.#views = await EngineViews.open(duckDb, {
      ...{ writer, tables, functions, complain, send, keeping: setup.keeping },
      streams: new Map(
        setup.streams.map(each => [each.stream, each.columns.map(({ name }) => name)]),
      ),
      change: work => this.#changed(work),
    })
    this.#reader = new StatementReader(functions, tables.streams)
    this.#scans = new StatementScans({
      needs: new ScanNeeds(functions, this.#reader, setup.streams, view =>
        this.#views?.live.joinedBy(view),
      ),
      files: tables.lakeFiles,
      isHere: stream => tables.isHere(stream),
    })
    await MappedRelations.prepare(writer)
    const relations = new MappedRelations(writer)
    this.#mapped = {
      relations,
      needs: new MappedNeeds(functions, this.#reader, relations.mappings),
    }
    for (let n = 0; n < runsMax; n++) {
      const connection = await duckDb.connect()
      await connection.run(sessionSql)
      this.#idle.push(connection)
    }
    await lockDown(duckDb, [...setup.readableFolders, setup.scratchFolder])
    send({ type: 'ready' })
  }

  handle(message: ToProcess): void {
    switch (message.type) {
      case 'setup':
        this.#change(() => this.setUp(message.setup))
        break
      case 'table':
        this.#tablesDue.set(message.state.table, message.state)
        this.#applyDueSoon()
        break
      case 'tail':
        this.#tailDue.push(message)
        this.#applyDueSoon()
        break
      case 'run':
        void this.#run(message)
        break
      case 'view':
        this.#change(() => this.#changeView(message.id, views => views.add(message.definition)))
        break
      case 'dropView':
        this.#change(() => this.#changeView(message.id, views => views.remove(message.name)))
        break
      case 'mapping':
        this.#change(() => this.#changeMapping(message.id, each => each.add(message.mapping)))
        break
      case 'dropMapping':
        this.#change(() => this.#changeMapping(message.id, each => each.remove(message.name)))
        break
      case 'rows':
        this.#runs.get(message.id)?.rowsCame(message.bytes, message.isLast)
        break
      case 'brought':
        this.#runs.get(message.id)?.brought(message.failure)
        break
      case 'broughtToViews':
        this.#views?.history.brought(message.id, message.count, message.failure)
        break
      case 'plan':
        void this.#plan(message)
        break
      case 'rowsFailed':
        this.#runs.get(message.id)?.rowsFailed(message.failure)
        break
      case 'settle':
        this.#change(async () => send({ type: 'changed', id: message.id, failure: undefined }))
        break
      case 'cancel':
        this.#runs.get(message.id)?.cancel()
        break
      case 'taken':
        this.#runs.get(message.id)?.taken(message.count)
        break
    }
  }

  get #opened(): UnionTables {
    invariant(this.#tables !== undefined, 'the engine was set up')
    return this.#tables
  }

  /** Changes happen one after the other, in the order in which they came. A failed one ends the process: its tables are lost. */
  #change(work: () => Promise<void>): void {
    this.#changes = this.#changes.then(work).catch(error => {
      complain('A change failed', error)
      process.exit(1)
    })
  }

  /** A change whose failure is the caller's. */
  #changed(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#change(() => work().then(resolve, reject))
    })
  }

  async #changeView(id: number, work: (views: ViewTables) => Promise<void>): Promise<void> {
    invariant(this.#views !== undefined, 'the engine was set up')
    await this.#answered(id, work(this.#views.live))
  }

  async #changeMapping(
    id: number,
    work: (relations: MappedRelations) => Promise<void>,
  ): Promise<void> {
    invariant(this.#mapped !== undefined, 'the engine was set up')
    await this.#answered(id, work(this.#mapped.relations))
  }

  async #answered(id: number, work: Promise<void>): Promise<void> {
    try {
      await work
      send({ type: 'changed', id, failure: undefined })
    } catch (error) {
      send({ type: 'changed', id, failure: plainFailure(error) })
    }
  }

  #applyDueSoon(): void {
    if (this.#isApplyPlanned) return
    this.#isApplyPlanned = true
    this.#change(() => this.#applyDue())
  }

  /** Applies all that has come by now at once: of several snapshots of a table only the newest counts. */
  async #applyDue(): Promise<void> {
    this.#isApplyPlanned = false
    // Rows whose dead letters are not in sight would be missed; dead letters whose rows are not are held back.
    const { streams } = this.#opened
    const isOfRows = ({ table }: TableState) => streams.includes(table)
    const due = [...this.#tablesDue.values()]
    const states = [...due.filter(state => !isOfRows(state)), ...due.filter(isOfRows)]
    const messages = this.#tailDue.splice(0)
    this.#tablesDue.clear()
    for (const state of states) {
      await this.#opened.applyTable(state)
      for (const stream of state.positions.keys()) this.#sendApplied(stream, false)
      this.#views?.snapshotApplied(state.table)
    }
    for (const stream of new Set(messages.map(message => message.stream))) {
      const ofStream = messages.filter(message => message.stream === stream)
      await this.#applyTail(stream, ofStream)
    }
  }

  async #applyTail(stream: string, messages: readonly TailMessage[]): Promise<void> {
    const batches = messages.flatMap(message => message.batches)
    const asOf = Math.max(...messages.map(message => message.asOf))
    const isApplied = await this.#opened.applyTail(stream, batches, asOf)
    for (const _ of messages) {
      if (isApplied) this.#sendApplied(stream, true)
      else send({ type: 'gap', stream, positions: this.#opened.positionsOf(stream) })
    }
  }

  #sendApplied(stream: string, isTail: boolean): void {
    const tables = this.#opened
    const [positions, version] = [tables.positionsOf(stream), tables.versionOf(stream)]
    send({ type: 'applied', stream, positions, version, asOf: tables.asOf(stream), isTail })
  }

  async #run(message: Extract<ToProcess, { type: 'run' }>): Promise<void> {
    const { id, statement, rowsMax, batchRowsMax, after, isLive } = message
    const { scans, ...sight } = this.#takeConnection()
    const { connection } = sight
    invariant(this.#mapped !== undefined, 'the engine was set up')
    const mapped = new MappedStatement(this.#mapped, connection)
    const keptStatements = isLive ? this.#views?.keptStatements : undefined
    const kept = keptStatements?.take(statement.sql)
    const run = new StatementRun({
      ...{ id, statement, rowsMax, batchRowsMax, after },
      ...{ ...sight, scans, mapped, kept, send },
    })
    this.#runs.set(id, run)
    const startedAt = performance.now()
    await run.run()
    keptStatements?.learn(statement.sql, { ...run.way, tookMs: performance.now() - startedAt })
    this.#runs.delete(id)
    this.#idle.push(connection)
    run.sendOutcome()
  }

  async #plan({ id, statement }: Extract<ToProcess, { type: 'plan' }>): Promise<void> {
    const { scans, ...sight } = this.#takeConnection()
    const { connection } = sight
    try {
      await connection.run('BEGIN TRANSACTION READ ONLY')
      const { streams, isAnything } = await statementSees(statement, sight)
      const planned = isAnything ? [] : await scans.estimate(connection, { statement, streams })
      send({ type: 'planned', id, scans: planned, failure: undefined })
    } catch (error) {
      send({ type: 'planned', id, scans: [], failure: plainFailure(error) })
    } finally {
      await connection.run('ROLLBACK').catch(() => {})
      this.#idle.push(connection)
    }
  }

  #takeConnection(): SightParts & { readonly scans: StatementScans } {
    const connection = this.#idle.pop()
    invariant(
      connection !== undefined && this.#reader && this.#scans,
      'the parent asks for no more than there are',
    )
    const viewDependencies = (name: string) => this.#views?.live.dependenciesOf(name)
    const [reader, tables, scans] = [this.#reader, this.#opened, this.#scans]
    return { connection, reader, tables, scans, viewDependencies }
  }
}

/** From here on no statement can open a file elsewhere or change a setting. */
async function lockDown(duckDb: DuckDBInstance, readable: readonly string[]): Promise<void> {
  const connection = await duckDb.connect()
  const folders = readable.map(literal).join(', ')
  await connection.run(`SET allowed_directories = [${folders}]`)
  await connection.run('SET enable_external_access = false')
  const read = await connection.runAndReadAll("SELECT current_setting('enable_external_access')")
  invariant(read.getRowsJS()[0]?.[0] === false, 'external access is off')
  await connection.run('SET lock_configuration = true')
  connection.closeSync()
}

function complain(what: string, error: unknown): void {
  const why = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${what}: ${why}\n`)
}

function send(message: FromProcess): void {
  process.send?.(message)
}

const engine = new EngineProcess()
process.on('message', message => engine.handle(message as ToProcess))
process.on('disconnect', () => process.exit(0))
// A terminal's ^C comes here too; statements go on until the process that started this one lets go of it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
