import type { Ledger, SeenState } from './ledger.ts'
import type { CheckedStatement } from './statements.ts'
import { Wrong } from './wrong.ts'

const uncheckedMax = 20

/** Answers that are held against the ledger once it knows of all appends that they may have seen. */
export class AnswerChecks {
  readonly #ledger: Ledger
  #checked = 0
  readonly #wrong = new AbortController()
  readonly #checking = new Set<Promise<void>>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Answers that were found to be right. */
  get checked(): number {
    return this.#checked
  }

  /** Resolves at once while few are under way: reading goes on while an append is not acknowledged yet. */
  async add(check: () => void): Promise<void> {
    const checking = this.#ledger
      .known()
      .then(() => {
        check()
        this.#checked++
      })
      .catch(error => this.fail(error))
      .finally(() => this.#checking.delete(checking))
    this.#checking.add(checking)
    if (this.#checking.size >= uncheckedMax) await Promise.race(this.#checking)
  }

  /** Aborted as soon as something is wrong. */
  get wrong(): AbortSignal {
    return this.#wrong.signal
  }

  /** Something is wrong that no other answer can put right. */
  fail(error: unknown): void {
    this.#wrong.abort(error)
  }

  /** @throws Wrong when an answer is not what it must be */
  throwIfWrong(): void {
    this.wrong.throwIfAborted()
  }

  async settled(): Promise<void> {
    await Promise.all(this.#checking)
    this.throwIfWrong()
  }
}

/**
 * Holds the rows of an answer against what the statement must find below the offsets that it saw.
 * @throws Wrong when they differ
 */
export function compareRows(
  ledger: Ledger,
  { sql, expected }: CheckedStatement,
  { state, rows }: { readonly state: SeenState; readonly rows: unknown },
): void {
  const wanted = expected((measure, kind = 'rows') => ledger.sum(state, kind, measure))
  compare(sql, state, JSON.stringify(rows), JSON.stringify(wanted))
}

/** @throws Wrong when they differ */
export function compare(sql: string, state: SeenState, found: string, wanted: string): void {
  if (found === wanted) return
  const saw = JSON.stringify(Object.fromEntries(state))
  throw new Wrong(`${sql}\nsaw all below ${saw} and answered ${found}: it should be ${wanted}.`)
}
