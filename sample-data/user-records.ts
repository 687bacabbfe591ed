import type { Random } from './random.ts'
import type { ShopRecord } from './shop-record.ts'
import { WeightedChoice } from './weighted-choice.ts'

const seenWithinMs = 28 * 86_400_000

const shares = {
  country: { DE: 24, FR: 15, IT: 12, ES: 11, PL: 11, NL: 8, AT: 6, CZ: 5, SE: 4, PT: 4 },
  device: { mobile: 62, desktop: 31, tablet: 7 },
  channel: { search: 38, direct: 24, ads: 18, social: 12, email: 8 },
} as const
const newsletterShare = 0.3

/** The users in the order in which they were first seen, over the four weeks before `until`. */
export function* userRecords(
  keys: readonly string[],
  until: number,
  random: Random,
): Generator<ShopRecord> {
  const traits = Object.entries(shares).map(([name, ofValues]) => new Trait(name, ofValues))
  for (const [index, key] of keys.entries()) {
    const part = (index + random.unit()) / keys.length
    const seenAt = until - Math.ceil((1 - part) * seenWithinMs)
    const drawn = traits.map(trait => trait.draw(random)).join(',')
    const json = `{"user_id":${key},"first_seen":"${new Date(seenAt).toISOString()}",${drawn},"newsletter":${random.unit() < newsletterShare}}`
    yield { key, value: Buffer.from(json) }
  }
}

/** A column with few values. */
class Trait {
  readonly #members: readonly string[]
  readonly #choice: WeightedChoice

  constructor(name: string, ofValues: Readonly<Record<string, number>>) {
    this.#members = Object.keys(ofValues).map(value => `"${name}":"${value}"`)
    this.#choice = new WeightedChoice(Object.values(ofValues))
  }

  draw(random: Random): string {
    return this.#members[this.#choice.draw(random)] as string
  }
}
