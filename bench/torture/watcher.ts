import { setTimeout as sleep } from 'node:timers/promises'
import { tableFromIPC } from '@uwdata/flechette'
import { WebSocket } from 'ws'
import type { LiveMessage } from '../../backend/contract/live.ts'
import { AnswerChecks, compareRows } from './answer-checks.ts'
import type { Ledger } from './ledger.ts'
import { watchedStatements } from './statements.ts'
import { Wrong } from './wrong.ts'

export interface WatcherParts {
  readonly ledger: Ledger
  url(): string
  readonly signal: AbortSignal
}

type Result = Extract<LiveMessage, { type: 'result' }>

const reconnectMs = 200
const connectionMsMax = 20_000
/** What ends an Arrow stream; results over the WebSocket come without it. */
const endOfStream = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])

/** Watches live statements as a page does, and holds each result against what it says it saw. */
export class Watcher {
  readonly #parts: WatcherParts
  readonly #checks: AnswerChecks
  #kept = 0

  constructor(parts: WatcherParts) {
    this.#parts = parts
    this.#checks = new AnswerChecks(parts.ledger)
  }

  /** Results that were found to be right, and how many of all were made of kept groups. */
  get counts(): { readonly checked: number; readonly kept: number } {
    return { checked: this.#checks.checked, kept: this.#kept }
  }

  /** @throws Wrong when a result is not what it must be */
  async run(): Promise<void> {
    const { url, signal } = this.#parts
    while (!signal.aborted) {
      // What ends a watch that has not begun would never be heard of.
      this.#checks.throwIfWrong()
      await this.#watch(url())
      await sleep(reconnectMs)
    }
    await this.#checks.settled()
  }

  /** Until the connection ends, or has lasted so long that another Millrace may have its turn. */
  async #watch(url: string): Promise<void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { origin: url })
    const longEnough = AbortSignal.timeout(connectionMsMax)
    const end = AbortSignal.any([this.#parts.signal, this.#checks.wrong, longEnough])
    const stop = (): void => socket.terminate()
    end.addEventListener('abort', stop, { once: true })
    socket.on('error', () => {})
    socket.on('open', () => {
      for (const [n, { sql }] of watchedStatements.entries()) {
        socket.send(JSON.stringify({ type: 'subscribe', id: String(n), sql }))
      }
    })
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) void this.#check(data)
      else this.#hear(JSON.parse(data.toString()))
    })
    await new Promise(resolve => socket.on('close', resolve))
    end.removeEventListener('abort', stop)
  }

  /** A statement that failed is tried again by the server, if that can help. */
  #hear(message: LiveMessage): void {
    if (message.type !== 'failed' || message.problem.retryable) return
    const { detail, code } = message.problem
    this.#checks.fail(new Wrong(`live: ${sqlOf(message)}\nfailed with ${code}: ${detail}`))
  }

  async #check(frame: Buffer): Promise<void> {
    const bodyAt = 4 + frame.readUInt32LE()
    const header = JSON.parse(frame.subarray(4, bodyAt).toString()) as Result
    const statement = watchedStatements[Number(header.id)]
    const events = header.streams.find(({ stream }) => stream === 'events')
    if (statement === undefined || events === undefined) {
      this.#checks.fail(
        new Wrong(`live: ${sqlOf(header)}\nanswered without what it saw of events.`),
      )
      return
    }
    if (header.isKept) this.#kept++
    const state = new Map(
      events.partitions.map(({ partition, nextOffset }) => [partition, nextOffset]),
    )
    const rows = rowsOf(frame.subarray(bodyAt))
    await this.#checks.add(() => {
      const live = { ...statement, sql: `live: ${statement.sql}` }
      compareRows(this.#parts.ledger, live, { state, rows })
    })
  }
}

function sqlOf({ id }: { readonly id: string }): string {
  return watchedStatements[Number(id)]?.sql ?? `no statement ${id}`
}

/** Every value as text. */
function rowsOf(messages: Uint8Array): (string | null)[][] {
  const bytes = Buffer.concat([messages, endOfStream])
  const table = tableFromIPC(bytes, { useBigInt: true, useDecimalInt: true })
  return table.toArray().map(row => {
    return Object.values(row).map(value => (value === null ? null : String(value)))
  })
}
