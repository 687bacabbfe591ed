import { Failure } from '../base/failure.ts'
import type { Fetching } from '../contract/query.ts'
import type { MappedReader } from '../live/mapped-reader.ts'
import type { EngineLink } from './engine-link.ts'
import type { FromProcess } from './engine-messages.ts'
import { MappedOutput } from './mapped/mapped-output.ts'
import { failureOf, plainFailure } from './plain-failure.ts'
import type { QueryResult, RunOptions, Statement } from './query-engine.ts'

const cancelGraceMs = 3_000

export type BringRequest = Extract<FromProcess, { type: 'bring' }>

type Started = Extract<FromProcess, { type: 'started' }>

export interface EngineRunParts {
  readonly id: number
  readonly statement: Statement
  readonly options: RunOptions
  readonly link: EngineLink
  readonly mappedReader: MappedReader
  /** Brings files of the lake to this machine, to stay until the statement has ended. */
  bring(request: BringRequest, onHere: (count: number) => void): Promise<void>
  /** Called when the process does not heed a cancel. */
  kill(): void
}

/** One statement in the engine's process, as seen from here. */
export class EngineRun {
  readonly #parts: EngineRunParts
  readonly #queue: (readonly Uint8Array[])[] = []
  readonly #timers: NodeJS.Timeout[] = []
  readonly #onAbort = (): void => this.#stop(cancelled())
  #started: Started | undefined
  #fetching: Fetching | undefined
  #stopReason: Failure | undefined
  #failure: Failure | undefined
  #rows: number | undefined
  readonly #mapped: MappedOutput
  #wake = (): void => {}
  #settle: () => void = () => {}
  /** Resolves when the process has done with the statement, whatever came of it. */
  readonly settled = new Promise<void>(resolve => {
    this.#settle = resolve
  })

  constructor(parts: EngineRunParts) {
    this.#parts = parts
    const { options, link, id, statement, mappedReader } = parts
    this.#mapped = new MappedOutput(id, link, mappedReader)
    const { timeoutMs, rowsMax, batchRowsMax, after, signal, isLive = false } = options
    this.#timers.push(setTimeout(() => this.#stop(timedOut(timeoutMs)), timeoutMs))
    signal.addEventListener('abort', this.#onAbort, { once: true })
    link.send({ type: 'run', id, statement, rowsMax, batchRowsMax, after, isLive })
  }

  handle(message: FromProcess): void {
    switch (message.type) {
      case 'started':
        this.#started = message
        break
      case 'messages':
        this.#queue.push(message.parts)
        break
      case 'progress':
        this.#tellProgress(message)
        return
      case 'read':
        void this.#mapped.send(message.request)
        return
      case 'bring':
        void this.#bring(message)
        return
      case 'rowsTaken':
        this.#mapped.taken()
        return
      case 'done':
        this.#end(this.#stopReason, message.rows)
        break
      case 'failed':
        this.#end(this.#stopReason ?? failureOf(message.failure))
        break
    }
    this.#wake()
  }

  /** The process has ended under the statement. */
  lose(failure: Failure): void {
    this.#end(this.#stopReason ?? failure)
    this.#wake()
  }

  /** Resolves with the first rows, or when it is known that there are none. */
  async result(): Promise<QueryResult> {
    while (this.#started === undefined && this.#failure === undefined) await this.#news()
    if (this.#started === undefined) throw this.#failure
    const { columns, streams, isVolatile, scans, isKept } = this.#started
    const rowCount = this.settled.then(() => {
      if (this.#rows === undefined) throw this.#failure
      return this.#rows
    })
    rowCount.catch(() => {})
    const messages = this.#messages()
    return { columns, streams, isVolatile, scans, isKept, messages, rowCount }
  }

  #tellProgress({ share, rows }: Extract<FromProcess, { type: 'progress' }>): void {
    this.#parts.options.onProgress?.({ share, rows, fetching: this.#fetching })
  }

  async #bring(request: BringRequest): Promise<void> {
    const { link, id, bring } = this.#parts
    const filesTotal = request.paths.length
    let isOver = false
    const tell = (files: number): void => {
      if (!isOver) this.#fetching = { files, filesTotal }
    }
    tell(0)
    const failure = await bring(request, tell).then(() => undefined, plainFailure)
    isOver = true
    this.#fetching = undefined
    link.send({ type: 'brought', id, failure })
  }

  async *#messages(): AsyncGenerator<Buffer> {
    const { link, id } = this.#parts
    let isWhole = false
    try {
      for (;;) {
        const messages = this.#queue.shift()
        if (messages) {
          link.send({ type: 'taken', id, count: 1 })
          for (const { buffer, byteOffset, byteLength } of messages) {
            yield Buffer.from(buffer, byteOffset, byteLength)
          }
        } else if (this.#failure) throw this.#failure
        else if (this.#rows !== undefined) break
        else await this.#news()
      }
      isWhole = true
    } finally {
      if (!isWhole) this.#stop(cancelled())
    }
  }

  #stop(reason: Failure): void {
    if (this.#stopReason || this.#failure || this.#rows !== undefined) return
    this.#stopReason = reason
    const { link, id, kill } = this.#parts
    link.send({ type: 'cancel', id })
    this.#timers.push(setTimeout(kill, cancelGraceMs))
  }

  #end(failure: Failure | undefined, rows?: number): void {
    this.#failure = failure
    this.#rows = failure ? undefined : rows
    this.#mapped.stop()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#parts.options.signal.removeEventListener('abort', this.#onAbort)
    this.#settle()
  }

  #news(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
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
    {
      hint: 'Filter by time, aggregate earlier, or raise MILLRACE_QUERY_TIMEOUT.',
    },
  )
}
