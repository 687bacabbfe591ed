import { invariant } from '../backend/base/invariant.ts'
import type { Random } from './random.ts'

/** Draws an index with a chance in proportion to its weight, in constant time: Vose's alias method. */
export class WeightedChoice {
  /** How likely each slot is to keep its own index; otherwise it stands for its alias. */
  readonly #keep: Float64Array
  readonly #alias: Int32Array

  constructor(weights: ArrayLike<number>) {
    const count = weights.length
    const total = sumOf(weights)
    invariant(total > 0 && Number.isFinite(total), 'some weight is above zero')
    this.#keep = Float64Array.from(weights, weight => (weight / total) * count)
    this.#alias = Int32Array.from({ length: count }, (_, index) => index)
    this.#pairSmallWithLarge()
  }

  draw(random: Random): number {
    const place = random.unit() * this.#keep.length
    const index = Math.floor(place)
    return place - index < (this.#keep[index] as number) ? index : (this.#alias[index] as number)
  }

  #pairSmallWithLarge(): void {
    const small: number[] = []
    const large: number[] = []
    for (const [index, keep] of this.#keep.entries()) (keep < 1 ? small : large).push(index)
    let from = small.pop()
    let to = large.pop()
    while (from !== undefined && to !== undefined) {
      this.#alias[from] = to
      const left = (this.#keep[to] as number) - (1 - (this.#keep[from] as number))
      this.#keep[to] = left
      from = left < 1 ? to : small.pop()
      if (left < 1) to = large.pop()
    }
    for (const index of [from, to, ...small, ...large]) {
      if (index !== undefined) this.#keep[index] = 1
    }
  }
}

export function sumOf(numbers: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < numbers.length; index++) sum += numbers[index] as number
  return sum
}
