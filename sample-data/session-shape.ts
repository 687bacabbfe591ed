import { equallyLikely, type QuantileKnots } from './quantiles.ts'
import type { Random } from './random.ts'
import { sumOf, WeightedChoice } from './weighted-choice.ts'

/** Events of a session, to be rounded up. */
const lengthKnots: QuantileKnots = [
  [0, 0.9],
  [0.44, 1],
  [0.6, 2],
  [0.69, 3],
  [0.76, 4.2],
  [0.9, 10.5],
  [0.99, 35],
  [1, 100],
]
/** Seconds between two events of a session. */
const gapKnots: QuantileKnots = [
  [0, 1],
  [0.1, 9.5],
  [0.5, 33],
  [0.9, 115],
  [0.99, 320],
  [1, 1500],
]
const valueCount = 4096

/** How long sessions are and how they spread over time. */
export class SessionShape {
  readonly #lengths = equallyLikely(lengthKnots, valueCount).map(Math.ceil)
  readonly #gapsMs = equallyLikely(gapKnots, valueCount).map(seconds => seconds * 1000)
  readonly #lengthsByGaps = new WeightedChoice(this.#lengths.map(length => length - 1))
  readonly #gapsByDuration = new WeightedChoice(this.#gapsMs)

  drawLength(random: Random): number {
    return random.pick(this.#lengths)
  }

  drawGapMs(random: Random): number {
    return random.pick(this.#gapsMs)
  }

  /** How many sessions are open at any moment, where events come at a steady rate. */
  openCount(eventsPerMs: number): number {
    const continued = 1 - valueCount / sumOf(this.#lengths)
    return Math.round((eventsPerMs * continued * sumOf(this.#gapsMs)) / valueCount)
  }

  /** A session as one finds it at a random moment: the more and the longer its gaps, the likelier one is found. */
  drawOpen(random: Random): { eventsLeft: number; dueInMs: number } {
    const length = this.#lengths[this.#lengthsByGaps.draw(random)] as number
    const gapMs = this.#gapsMs[this.#gapsByDuration.draw(random)] as number
    return { eventsLeft: 1 + random.below(length - 1), dueInMs: gapMs * random.unit() }
  }
}
