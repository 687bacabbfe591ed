const answerBytes = 4 * 2 ** 20
const growthMax = 8

/** How many things to ask for, so that an answer has about the same size whatever is in it. */
export class AnswerPace {
  #count: number
  readonly #max: number

  constructor({ first, max }: { first: number; max: number }) {
    this.#count = first
    this.#max = max
  }

  get count(): number {
    return this.#count
  }

  /** An answer had so many bytes, for so many things. */
  learn(bytes: number, things: number): void {
    if (things === 0) return
    const fitting = Math.floor(answerBytes / (bytes / things))
    this.#count = Math.min(Math.max(fitting, 1), this.#count * growthMax, this.#max)
  }
}
