import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { tableFromIPC } from '@uwdata/flechette'
import type { QueryRequest } from '../../backend/contract/query.ts'
import type { Random } from '../../sample-data/random.ts'
import { AnswerChecks, compare, compareRows } from './answer-checks.ts'
import { arrowOf, rowsOf, seenBy, Unanswered } from './api.ts'
import type { BrowserEngine } from './browser-engine.ts'
import type { Ledger, SeenState } from './ledger.ts'
import { randomStatement, rangeIn } from './statements.ts'
import { Wrong } from './wrong.ts'

export interface ReaderParts {
  readonly ledger: Ledger
  readonly random: Random
  readonly browser: Pick<BrowserEngine, 'rowOf'>
  url(): string
  /** The rest between two reads, in milliseconds. */
  readonly restMs: number
  readonly signal: AbortSignal
}

const arrowShare = 0.1
/** How often a read waits for all that is acknowledged. */
const afterShare = 0.1
const retryMs = 50

/** Reads statements of random shapes without end, and holds each answer against what it says it saw. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #checks: AnswerChecks
  #unanswered = 0

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#checks = new AnswerChecks(parts.ledger)
  }

  /** Answers that were found to be right, and reads that had no answer. */
  get counts(): { readonly checked: number; readonly unanswered: number } {
    return { checked: this.#checks.checked, unanswered: this.#unanswered }
  }

  /** @throws Wrong when an answer is not what it must be */
  async run(): Promise<void> {
    const { signal, restMs } = this.#parts
    while (!signal.aborted) {
      this.#checks.throwIfWrong()
      try {
        await this.#read()
        if (restMs > 0) await sleep(restMs)
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
        this.#unanswered++
        await sleep(retryMs)
      }
    }
    await this.#checks.settled()
  }

  async #read(): Promise<void> {
    const { random, ledger, url } = this.#parts
    const to = url()
    const after = random.unit() < afterShare ? { events: ledger.acknowledged() } : undefined
    const options = { id: randomUUID(), ...(after && { after }) }
    const check =
      random.unit() < arrowShare
        ? await this.#readIds(to, options)
        : await this.#readStatement(to, options)
    const state = await seenBy(to, options.id)
    for (const [partition, offset] of Object.entries(after?.events ?? {})) {
      if ((state.get(Number(partition)) ?? 0) > offset) continue
      throw new Wrong(`An answer was to hold offset ${offset} of partition ${partition}.`)
    }
    await this.#checks.add(() => check(state))
  }

  async #readStatement(url: string, options: Partial<QueryRequest>) {
    const { random, ledger } = this.#parts
    const statement = randomStatement(random, ledger.begun.rows)
    const rows = await rowsOf(url, { sql: statement.sql, ...options })
    return (state: SeenState): void => compareRows(ledger, statement, { state, rows })
  }

  /** Rows as the page gets them, and what its own engine makes of them. */
  async #readIds(url: string, options: Partial<QueryRequest>) {
    const { random, ledger, browser } = this.#parts
    const { from, to } = rangeIn(random, Math.max(1, ledger.begun.rows))
    const sql = `SELECT product_id FROM events WHERE product_id >= ${from} AND product_id < ${to}`
    const bytes = await arrowOf(url, { sql, ...options })
    const ids = Array.from(tableFromIPC(bytes).getChildAt(0)?.toArray() ?? [], Number)
    const counted = browser.rowOf('SELECT count(*), count(DISTINCT product_id) FROM cell', bytes)
    return (state: SeenState): void => {
      const wanted = [...ledger.ids(state, 'rows')].flatMap(([first, end]) => {
        const low = Math.max(first, from)
        return Array.from({ length: Math.max(0, Math.min(end, to) - low) }, (_, n) => low + n)
      })
      compare(sql, state, inOrder(ids), inOrder(wanted))
      const size = String(wanted.length)
      compare(`${sql}, counted in the browser`, state, String(counted), String([size, size]))
    }
  }
}

function inOrder(ids: readonly number[]): string {
  return ids.toSorted((a, b) => a - b).join()
}
