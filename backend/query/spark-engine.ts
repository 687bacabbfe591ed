import { randomUUID } from 'node:crypto'
import { Failure } from '../base/failure.ts'
import type { QueryEngine, QueryResult, RunOptions, Statement } from './query-engine.ts'
import { SparkArrow } from './spark-arrow.ts'
import { isAway, isSessionLost, sparkFailure } from './spark-failure.ts'
import type { ExecutePlanResponse, SparkRelation } from './spark-proto.ts'
import { type SparkConnection, SparkSession } from './spark-session.ts'
import { linesBefore, statementRelation } from './spark-statement.ts'
import { SparkTables, type SparkTablesParts } from './spark-tables.ts'
import type { SparkTranslator } from './spark-translator.ts'

export interface SparkEngineParts extends SparkTablesParts {
  readonly connection: SparkConnection
  readonly translator: SparkTranslator
}

/** Spark by Spark Connect: for what one machine does not hold. It sees the same tables, live tail included. */
export class SparkEngine implements QueryEngine {
  readonly name = 'spark'
  readonly #parts: SparkEngineParts
  readonly #tables: SparkTables
  #session: SparkSession | undefined

  constructor(parts: SparkEngineParts) {
    this.#parts = parts
    this.#tables = new SparkTables(parts)
  }

  async run(statement: Statement, options: RunOptions): Promise<QueryResult> {
    const translated = await this.#parts.translator.translated(statement.sql)
    const sent = { ...statement, sql: translated ?? statement.sql }
    // What Spark says of a translation has its places in that.
    const lines = translated === undefined ? linesBefore : Number.POSITIVE_INFINITY
    const root = statementRelation(sent)
    const { references, streams } = await this.#tables.referencedBy(statement.sql, options)
    const plan =
      references.length === 0 ? root : { withRelations: { root, references: [...references] } }
    for (let attemptsLeft = 1; ; attemptsLeft--) {
      this.#session ??= new SparkSession(this.#parts.connection)
      const session = this.#session
      const run = new SparkRun(session, plan, { sql: statement.sql, lines, options })
      try {
        await run.begun
        return {
          columns: run.columns,
          streams,
          // Spark's functions of clock and chance are not known here.
          isVolatile: true,
          messages: run.messages(),
          rowCount: run.rowCount,
        }
      } catch (error) {
        const isLost = isAway(error) || isSessionLost(error)
        if (isLost && this.#session === session) await this.#forget(session)
        if (isLost && attemptsLeft > 0) continue
        throw run.failure ?? sparkFailure(error, statement.sql, lines)
      }
    }
  }

  async close(): Promise<void> {
    await this.#session?.close()
  }

  async #forget(session: SparkSession): Promise<void> {
    this.#session = undefined
    void session.close()
  }
}

/** One statement on its way through Spark. */
class SparkRun {
  /** Resolves with the first batch; rejects with what Spark says when there is none. */
  readonly begun: Promise<void>
  readonly rowCount: Promise<number>
  /** Why it was stopped from here. */
  failure: Failure | undefined
  readonly #session: SparkSession
  readonly #operationId = randomUUID()
  readonly #arrow = new SparkArrow()
  readonly #sql: string
  readonly #lines: number
  readonly #options: RunOptions
  readonly #responses: AsyncIterator<ExecutePlanResponse>
  readonly #timer: NodeJS.Timeout
  readonly #onAbort = (): void => this.#stop(cancelled())
  #first: Buffer | undefined
  #rows = 0
  #isOver = false
  #finish: { resolve(rows: number): void; reject(error: unknown): void }

  constructor(
    session: SparkSession,
    plan: SparkRelation,
    { sql, lines, options }: { sql: string; lines: number; options: RunOptions },
  ) {
    this.#session = session
    this.#sql = sql
    this.#lines = lines
    this.#options = options
    this.#finish = { resolve() {}, reject() {} }
    this.rowCount = new Promise((resolve, reject) => {
      this.#finish = { resolve, reject }
    })
    this.rowCount.catch(() => {})
    const stream = session.execute(plan, this.#operationId)
    this.#responses = stream[Symbol.asyncIterator]()
    this.#timer = setTimeout(() => this.#stop(timedOut(options.timeoutMs)), options.timeoutMs)
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal.aborted) this.#onAbort()
    this.begun = this.#begin()
  }

  get columns() {
    return this.#arrow.columns
  }

  async *messages(): AsyncGenerator<Buffer> {
    try {
      if (this.#first?.length) yield this.#first
      for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
        if (next.length > 0) yield next
      }
      yield this.#arrow.end()
      this.#isOver = true
      this.#finish.resolve(this.#rows)
    } catch (error) {
      this.#isOver = true
      const failure = this.failure ?? sparkFailure(error, this.#sql, this.#lines)
      this.#finish.reject(failure)
      throw failure
    } finally {
      if (!this.#isOver) await this.#abandon()
      this.#end()
    }
  }

  /** Nobody reads on. */
  async #abandon(): Promise<void> {
    this.failure ??= cancelled()
    await this.#session.interrupt(this.#operationId).catch(() => {})
    // The interrupted stream may end with an error that nobody is left to read.
    await this.#responses.return?.().catch(() => {})
    this.#finish.reject(this.failure)
  }

  async #begin(): Promise<void> {
    try {
      this.#first = await this.#next()
    } catch (error) {
      this.#end()
      throw error
    }
  }

  /** The bytes of the next batch, or undefined when there is none any more. */
  async #next(): Promise<Buffer | undefined> {
    for (;;) {
      const { value, done } = await this.#responses.next()
      if (this.failure) throw this.failure
      if (done) return undefined
      const { arrowBatch, executionProgress } = value as ExecutePlanResponse
      if (executionProgress) this.#tellProgress(executionProgress)
      if (!arrowBatch) continue
      const wanted = Math.max(this.#options.rowsMax - this.#rows, 0)
      this.#rows += arrowBatch.rowCount
      return this.#arrow.add(arrowBatch.data, wanted)
    }
  }

  #tellProgress({ stages }: NonNullable<ExecutePlanResponse['executionProgress']>): void {
    const sum = (key: 'numTasks' | 'numCompletedTasks'): number =>
      stages.reduce((total, stage) => total + stage[key], 0)
    const tasks = sum('numTasks')
    const share = tasks === 0 ? null : sum('numCompletedTasks') / tasks
    this.#options.onProgress?.({ share, rows: this.#rows })
  }

  /** Spark goes on until it is told to stop, whoever still listens. */
  #stop(failure: Failure): void {
    if (this.failure) return
    this.failure = failure
    void this.#session.interrupt(this.#operationId).catch(() => {})
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
  }
}

function cancelled(): Failure {
  return new Failure('query-cancelled', 'The statement was cancelled.')
}

function timedOut(timeoutMs: number): Failure {
  const limit = `${Math.round(timeoutMs / 1000)} s`
  return new Failure(
    'query-timeout',
    `The statement did not end within ${limit} and was stopped.`,
    { hint: 'Filter by time, aggregate earlier, or raise MILLRACE_QUERY_TIMEOUT.' },
  )
}
