import type { Random } from './random.ts'
import { WeightedChoice } from './weighted-choice.ts'

const firstUserId = 512_000_000
const userIdStep = 61

/** Who comes to the shop, those who were first seen first having the lowest ids. */
export class Users {
  readonly keys: readonly string[]
  readonly #choice: WeightedChoice

  constructor(count: number, random: Random) {
    this.keys = Array.from({ length: count }, (_, index) =>
      String(firstUserId + index * userIdStep + random.below(userIdStep)),
    )
    this.#choice = new WeightedChoice(this.keys.map(() => drawActivity(random)))
  }

  /** Draws by how often the users come. */
  drawKey(random: Random): string {
    return this.keys[this.#choice.draw(random)] as string
  }
}

/** Few come often: the busiest about 15 times as often as the rarest. */
function drawActivity(random: Random): number {
  return (random.unit() + 0.01) ** -0.6
}
