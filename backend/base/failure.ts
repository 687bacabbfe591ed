import { type ProblemCode, problems } from './problems.ts'

export interface FailureOptions {
  /** What the person at the other end can do about it, as one sentence. */
  readonly hint?: string | undefined
  /** Members added to the problem document, such as `position` or `errors`. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

/** A failure with a name: it carries a code of the problem table and becomes problem JSON at the edge. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: ProblemCode
  readonly hint: string | undefined
  readonly extra: Readonly<Record<string, unknown>>

  constructor(code: ProblemCode, detail: string, options: FailureOptions = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.extra = options.extra ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }

  get retryable(): boolean {
    return problems[this.code].retryable
  }
}

export function isFailure(error: unknown, code?: ProblemCode): error is Failure {
  return error instanceof Failure && (code === undefined || error.code === code)
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Translates a file-system error into the failure that names it; anything unknown passes unchanged. */
export function storageFailure(error: unknown, doing: string): unknown {
  const text = messageOf(error)
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT' || /no space left on device|disk full/i.test(text)) {
    return new Failure('disk-full', `The disk is full while ${doing}.`, {
      hint: 'Free some space; Millrace goes on by itself and nothing that was acknowledged is lost.',
      cause: error,
    })
  }
  return error
}

/** Translates DuckDB's lack of memory into the failure that names it; anything else passes unchanged. */
export function memoryFailure(error: unknown, doing: string): unknown {
  if (!/out of memory/i.test(messageOf(error))) return error
  return new Failure('memory-full', `There is no memory left for ${doing}.`, {
    hint: 'Try again in a moment, with smaller appends or fewer at a time.',
    cause: error,
  })
}
