import { type QuantileKnots, quantileAt } from './quantiles.ts'
import type { Random } from './random.ts'
import { sumOf } from './weighted-choice.ts'

/** Prices over all events, as in REES46. */
const priceKnots: QuantileKnots = [
  [0, 0.9],
  [0.01, 5.8],
  [0.1, 29.5],
  [0.25, 60],
  [0.5, 165],
  [0.75, 360],
  [0.9, 758],
  [0.99, 1682],
  [1, 2574],
]
/** Of all events: how many show a product whose price nobody entered. */
const unpricedShare = 0.003
/** How far a product's price may lie from what is typical of its category: a factor of e to this power. */
const priceSpread = 1.2

export interface PricedItem {
  /** How often visitors look at it. */
  readonly weight: number
  readonly typicalPrice: number
}

/**
 * A price for each item, as text with two decimals. Only the order of prices comes from the categories; what they are
 * comes from the knots, so that the prices of all events have exactly that distribution.
 */
export function choosePrices(items: readonly PricedItem[], random: Random): string[] {
  const prices = items.map(() => '0.00')
  const unpriced = chooseUnpriced(items, random)
  const leanings = items.map(
    ({ typicalPrice }) =>
      Math.log(typicalPrice) + priceSpread * (random.unit() + random.unit() + random.unit() - 1.5),
  )
  const total = sumOf(items.map(item => item.weight))
  let below = 0
  for (const index of indexesBy(leanings)) {
    const { weight } = items[index] as PricedItem
    const share = (below + weight / 2) / total
    if (!unpriced.has(index)) prices[index] = quantileAt(priceKnots, share).toFixed(2)
    below += weight
  }
  return prices
}

/** Items at random from the less popular half, where each weighs next to nothing. */
function chooseUnpriced(items: readonly PricedItem[], random: Random): ReadonlySet<number> {
  const target = sumOf(items.map(item => item.weight)) * unpricedShare
  const half = Math.floor(items.length / 2)
  const chosen = new Set<number>()
  let weight = 0
  while (weight < target && chosen.size < half) {
    const index = half + random.below(items.length - half)
    if (chosen.has(index)) continue
    chosen.add(index)
    weight += (items[index] as PricedItem).weight
  }
  return chosen
}

function indexesBy(numbers: readonly number[]): number[] {
  return numbers
    .map((_, index) => index)
    .sort((a, b) => (numbers[a] as number) - (numbers[b] as number))
}
