import type { Random } from './random.ts'
import { sumOf } from './weighted-choice.ts'

/**
 * Puts each weight into a bin, so that the bins' sums come close to their `shares` of the whole: at random, in
 * proportion to what each bin still lacks. Best with the heaviest weight first. Answers the bin of each weight.
 */
export function apportion(
  weights: readonly number[],
  shares: readonly number[],
  random: Random,
): number[] {
  const scale = sumOf(weights) / sumOf(shares)
  const lacks = shares.map(share => share * scale)
  return weights.map(weight => {
    const bin = chooseBin(lacks, weight, random)
    lacks[bin] = (lacks[bin] as number) - weight
    return bin
  })
}

function chooseBin(lacks: readonly number[], weight: number, random: Random): number {
  let room = 0
  for (const lack of lacks) if (lack >= weight) room += lack
  if (room === 0) return lacks.indexOf(Math.max(...lacks))
  let left = random.unit() * room
  let last = 0
  for (const [bin, lack] of lacks.entries()) {
    if (lack < weight) continue
    last = bin
    left -= lack
    if (left < 0) break
  }
  return last
}
