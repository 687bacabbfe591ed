import { invariant } from '../backend/base/invariant.ts'
import { type HistoryRange, type RateStep, rateSteps } from './history-rate.ts'
import type { Random } from './random.ts'

/** How fast events follow each other. */
export interface Pace {
  /** Events per millisecond at the beginning. */
  readonly startRate: number
  /** The latest time of the next event, in milliseconds since the epoch; never before the one answered last. */
  nextSlot(): number
}

/** The same rate for ever. */
export class FlatPace implements Pace {
  readonly startRate: number
  readonly #from: number
  readonly #random: Random
  #slots = 0

  constructor(from: number, ratePerSecond: number, random: Random) {
    invariant(ratePerSecond > 0, 'a live rate is above zero')
    this.startRate = ratePerSecond / 1000
    this.#from = from
    this.#random = random
  }

  nextSlot(): number {
    return this.#from + (this.#slots++ + this.#random.unit()) / this.startRate
  }
}

/** As many slots as the history has events, close together where its rate is high. */
export class HistoryPace implements Pace {
  readonly startRate: number
  readonly #timeMax: number
  readonly #random: Random
  readonly #steps: Iterator<RateStep>
  #step: RateStep
  #slots = 0
  #slotsBeforeStep = 0

  constructor(range: HistoryRange, random: Random) {
    invariant(range.from < range.until, 'a history ends after it begins')
    this.#timeMax = range.until - 1
    this.#random = random
    this.#steps = rateSteps(range)
    this.#step = this.#steps.next().value as RateStep
    this.startRate = this.#step.rate
  }

  nextSlot(): number {
    const slot = this.#slots++ + this.#random.unit()
    while (slot - this.#slotsBeforeStep > this.#step.rate * this.#step.length) {
      const next = this.#steps.next()
      if (next.done) return this.#timeMax
      this.#slotsBeforeStep += this.#step.rate * this.#step.length
      this.#step = next.value
    }
    return Math.min(
      this.#step.start + (slot - this.#slotsBeforeStep) / this.#step.rate,
      this.#timeMax,
    )
  }
}
