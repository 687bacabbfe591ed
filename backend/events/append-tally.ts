import { Failure, isFailure } from '../base/failure.ts'
import type { AppendAnswer } from '../contract/ingest.ts'
import type { AppendedRange } from './event-log.ts'

const errorsMax = 1_000

/** What became of the values of one body. */
export class AppendTally {
  #accepted = 0
  #rejected = 0
  readonly #ranges = new Map<number, AppendedRange[]>()
  readonly #errors: AppendAnswer['errors'] = []

  /** @param rows how many of the values that were appended are rows: the others become dead letters */
  accept(rows: number, ranges: readonly AppendedRange[]): void {
    this.#accepted += rows
    for (const range of ranges) {
      const before = this.#ranges.get(range.partition) ?? []
      const last = before.at(-1)
      const goesOn = last !== undefined && last.lastOffset + 1 === range.firstOffset
      const joined = goesOn ? { ...range, firstOffset: last.firstOffset } : range
      this.#ranges.set(range.partition, [...(goesOn ? before.slice(0, -1) : before), joined])
    }
  }

  reject({ line, reason, detail }: AppendAnswer['errors'][number]): void {
    this.#rejected++
    if (this.#errors.length < errorsMax) this.#errors.push({ line, reason, detail })
  }

  /** @throws Failure `rows-rejected` when values came and none of them was kept */
  answer(): AppendAnswer {
    const answer = this.#state()
    if (answer.offsets.length > 0 || answer.rejected === 0) return answer
    const [first] = answer.errors
    throw new Failure(
      'rows-rejected',
      `None of the ${answer.rejected} events could be accepted; line ${first?.line}: ${first?.detail}.`,
      { extra: { ...answer } },
    )
  }

  /** The failure, with what was kept before it. */
  failure(error: unknown): unknown {
    if (!isFailure(error) || this.#accepted === 0) return error
    const { accepted, offsets } = this.#state()
    const detail = `${error.message} ${accepted} events before were accepted.`
    return new Failure(error.code, detail, {
      hint: error.hint,
      extra: { ...error.extra, accepted, offsets },
      cause: error,
    })
  }

  #state(): AppendAnswer {
    return {
      accepted: this.#accepted,
      rejected: this.#rejected,
      offsets: [...this.#ranges.values()].flat().sort((a, b) => a.partition - b.partition),
      errors: this.#errors,
    }
  }
}
