import { invariant } from '../backend/base/invariant.ts'

/** A sale: from `openedAt` on the rate climbs, up to `ratePerSecond` where the history ends. */
export interface Surge {
  readonly openedAt: number
  readonly ratePerSecond: number
}

/** Times are milliseconds since the epoch. */
export interface HistoryRange {
  readonly from: number
  readonly until: number
  readonly count: number
  readonly surge?: Surge
}

/** A stretch of time in which the rate hardly changes. */
export interface RateStep {
  readonly start: number
  readonly length: number
  /** Events per millisecond. */
  readonly rate: number
}

const hourMs = 3_600_000
const stepMs = 10_000

/**
 * The rate in the middle of each hour, in UTC; straight lines between them. The mean over each hour is REES46's share in
 * percent: 0.7 at 00, 5.5 from 05 to 13, 7.3 at 15, 0.4 at 23.
 */
const middleOfHour = [
  0.7, 1.09, 2.38, 3.84, 4.96, 5.59, 5.48, 5.5, 5.5, 5.5, 5.5, 5.5, 5.53, 5.35, 6.39, 7.53, 6.83,
  5.87, 4.37, 3.13, 1.66, 0.89, 0.6, 0.32,
] as const

/** The rate over the range: its steps hold `count` events together. */
export function* rateSteps(range: HistoryRange): Generator<RateStep> {
  const { usual, risen } = levelsOf(range)
  for (const { start, length } of stepsOf(range)) {
    const middle = start + length / 2
    const rate = usual * hourWeightAt(middle) + risen * riseAt(middle, range)
    yield { start, length, rate }
  }
}

/** How high the day's curve and the surge must be, so that the surge ends at its rate and the sum is `count`. */
function levelsOf(range: HistoryRange): { usual: number; risen: number } {
  let ofDay = 0
  let ofSurge = 0
  for (const { start, length } of stepsOf(range)) {
    ofDay += length * hourWeightAt(start + length / 2)
    ofSurge += length * riseAt(start + length / 2, range)
  }
  const endRate = (range.surge?.ratePerSecond ?? 0) / 1000
  const endWeight = range.surge ? hourWeightAt(range.until) : 0
  const usual = (range.count - endRate * ofSurge) / (ofDay - endWeight * ofSurge)
  invariant(usual > 0, 'a history has more events than its surge')
  return { usual, risen: endRate - usual * endWeight }
}

function* stepsOf({ from, until }: HistoryRange): Generator<{ start: number; length: number }> {
  for (let start = from; start < until; start += stepMs) {
    yield { start, length: Math.min(stepMs, until - start) }
  }
}

function hourWeightAt(time: number): number {
  const hours = (time % (24 * hourMs)) / hourMs + 23.5
  const before = Math.floor(hours)
  const part = hours - before
  const left = middleOfHour[before % 24] ?? 0
  const right = middleOfHour[(before + 1) % 24] ?? 0
  return left * (1 - part) + right * part
}

/** 0 up to the opening, 1 at the end, with a soft start and a soft landing. */
function riseAt(time: number, { until, surge }: HistoryRange): number {
  if (surge === undefined || time <= surge.openedAt) return 0
  const part = (time - surge.openedAt) / (until - surge.openedAt)
  return part * part * (3 - 2 * part)
}
