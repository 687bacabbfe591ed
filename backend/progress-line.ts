const shownEveryMs = 200
const plainEveryShare = 0.1

/** How far a long piece of work has come: one line that moves on a terminal, a line for every tenth elsewhere. */
export class ProgressLine {
  readonly #title: string
  readonly #total: number
  readonly #startedAt = performance.now()
  #shownAt = 0
  #shownShare = 0
  #isOver = false

  constructor(title: string, total: number) {
    this.#title = title
    this.#total = total
  }

  show(done: number): void {
    if (this.#isOver) return
    this.#isOver = done >= this.#total
    const now = performance.now()
    if (process.stdout.isTTY) {
      if (!this.#isOver && now - this.#shownAt < shownEveryMs) return
      this.#shownAt = now
      process.stdout.write(`\r\x1b[2K${this.#text(done, now)}${this.#isOver ? '\n' : ''}`)
      return
    }
    if (!this.#isOver && done / this.#total - this.#shownShare < plainEveryShare) return
    this.#shownShare = done / this.#total
    process.stdout.write(`${this.#text(done, now)}\n`)
  }

  #text(done: number, now: number): string {
    const perSecond = Math.round((done / Math.max(now - this.#startedAt, 1)) * 1000)
    const count = `${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} events`
    return `${this.#title}: ${count}, ${perSecond.toLocaleString('en')} a second`
  }
}
