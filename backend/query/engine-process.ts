import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { openDuckDb } from '../base/duckdb.ts'
import { invariant } from '../base/invariant.ts'
import { literal } from '../base/sql.ts'
import type { EngineSetup, FromProcess, ToProcess } from './engine-messages.ts'
import { StatementRun } from './statement-run.ts'
import { UnionTables } from './union-tables.ts'

/*
 * The process in which statements of analysts run: it holds no secrets, its DuckDB reads the lake's folders and nothing
 * else, and when it dies its parent starts another. It ends when its parent does.
 */

const connectionCount = 16

/** Settings of a session, made before the configuration is locked. */
const sessionSql = `
  SET errors_as_json = true; SET enable_progress_bar = true; SET enable_progress_bar_print = false;
  SET progress_bar_time = 100`

class EngineProcess {
  readonly #idle: DuckDBConnection[] = []
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = []
  readonly #runs = new Map<number, StatementRun>()
  #tables: UnionTables | undefined
  #changes: Promise<void> = Promise.resolve()

  async setUp(setup: EngineSetup): Promise<void> {
    const duckDb = await openDuckDb(setup)
    const writer = await duckDb.connect()
    this.#tables = await UnionTables.open(writer, setup.streams, setup.scratchFolder)
    for (let n = 0; n < connectionCount; n++) {
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
        this.#change(async () => {
          await this.#opened.applyTable(message.state)
          for (const stream of message.state.positions.keys()) this.#sendApplied(stream)
        })
        break
      case 'tail':
        this.#change(() => this.#applyTail(message))
        break
      case 'run':
        void this.#run(message)
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
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      process.exit(1)
    })
  }

  async #applyTail(message: Extract<ToProcess, { type: 'tail' }>): Promise<void> {
    const { stream, batches, asOf } = message
    if (await this.#opened.applyTail(stream, batches, asOf)) this.#sendApplied(stream)
    else send({ type: 'gap', stream, positions: this.#opened.positionsOf(stream) })
  }

  #sendApplied(stream: string): void {
    const positions = this.#opened.positionsOf(stream)
    send({ type: 'applied', stream, positions, asOf: this.#opened.asOf(stream) })
  }

  async #run(message: Extract<ToProcess, { type: 'run' }>): Promise<void> {
    const connection = await this.#takeConnection()
    const { id, statement, rowsMax, after } = message
    const tables = this.#opened
    const run = new StatementRun({ id, statement, rowsMax, after, connection, tables, send })
    this.#runs.set(id, run)
    await run.run()
    this.#runs.delete(id)
    const next = this.#waiting.shift()
    if (next) next(connection)
    else this.#idle.push(connection)
  }

  async #takeConnection(): Promise<DuckDBConnection> {
    return this.#idle.pop() ?? new Promise(resolve => this.#waiting.push(resolve))
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

function send(message: FromProcess): void {
  process.send?.(message)
}

const engine = new EngineProcess()
process.on('message', message => engine.handle(message as ToProcess))
process.on('disconnect', () => process.exit(0))
