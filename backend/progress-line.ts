const shownEveryMs = 200
const plainEveryMs = 2_000

/** How far a long piece of work has come: one line that moves on a terminal, a line every two seconds elsewhere. */
export class ProgressLine {
  readonly #title: string
  readonly #total: number | undefined
  readonly #startedAt = performance.now()
  #shownAt = Number.NEGATIVE_INFINITY
  #last = ''
  #isOver = false

  /** @param total of what `show` is told as `reached`; undefined when it is not known */
  constructor(title: string, total: number | undefined) {
    this.#title = title
    this.#total = total
  }

  /**
   * @param events so far, by this run and those before it
   * @param reached how much of the total that is, if it is counted in something else than events
   */
  show(events: number, reached = events): void {
    if (this.#isOver) return
    const now = performance.now()
    this.#last = this.#text(events, reached, now)
    const isTerminal = process.stdout.isTTY
    if (now - this.#shownAt < (isTerminal ? shownEveryMs : plainEveryMs)) return
    this.#shownAt = now
    process.stdout.write(isTerminal ? `\r\x1b[2K${this.#last}` : `${this.#last}\n`)
  }

  /** Shows the last state and leaves the line, for good. */
  end(): void {
    if (this.#isOver || this.#last === '') return
    this.#isOver = true
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[2K${this.#last}\n` : `${this.#last}\n`)
  }

  #text(events: number, reached: number, now: number): string {
    const seconds = Math.max(now - this.#startedAt, 1) / 1000
    const rate = `${Math.round(events / seconds).toLocaleString('en')} a second`
    const done = `${this.#title}: ${events.toLocaleString('en')} events, ${rate}`
    if (this.#total === undefined || reached === 0) return done
    const share = Math.min(reached / this.#total, 1)
    const secondsLeft = Math.round((seconds / share) * (1 - share))
    return `${done}, ${Math.floor(share * 100)} %${secondsLeft > 0 ? `, ${secondsLeft} s left` : ''}`
  }
}
