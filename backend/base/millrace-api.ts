import { Failure, messageOf } from './failure.ts'
import { type ProblemCode, problems } from './problems.ts'

/** The API of a running Millrace, for commands beside it. */
export class MillraceApi {
  readonly #url: string

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '')
  }

  /** @throws the Failure that it answers, or `log-unavailable` when no Millrace answers */
  async request(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(this.#url + path, init).catch(error => {
      if (init.signal?.aborted) throw error
      throw new Failure(
        'log-unavailable',
        `No Millrace answers at ${this.#url}: ${causeOf(error)}.`,
        {
          hint: 'Start one with npm start, or say where it is with --url.',
        },
      )
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (response.ok) return answer
    const { code = '', detail = response.statusText, hint } = (answer ?? {}) as Partial<Problem>
    throw new Failure(code in problems ? (code as ProblemCode) : 'internal', detail, { hint })
  }
}

interface Problem {
  readonly code: string
  readonly detail: string
  readonly hint: string
}

function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  return messageOf(cause ?? error)
}
