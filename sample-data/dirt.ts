import type { Random } from './random.ts'
import type { ShopRecord } from './shop-record.ts'

/** What was done to a record, or beside it. */
export type DirtKind =
  | 'cut'
  | 'not-json'
  | 'not-object'
  | 'missing-price'
  | 'wrong-price'
  | 'no-time'
  | 'empty'
  | 'not-utf8'
  | 'no-session'
  | 'other-user'
  | 'repeated'

/** One piece of dirt: at which place of the dirty sequence, and what ingest makes of it. */
export interface DirtEntry {
  readonly index: number
  readonly kind: DirtKind
  /** The reason of the dead letter that it becomes; null when it becomes a row. */
  readonly reason: string | null
}

export interface DirtOptions {
  readonly random: Random
  /** The share of records that something is done to, from 0 to 1. */
  readonly share: number
  /** Told of everything that is done. */
  onDirt?(entry: DirtEntry): void
}

type Soil = (value: string) => Buffer

interface Recipe {
  readonly kind: DirtKind
  readonly reason: string | null
  readonly soil: Soil
}

const repeatedMax = 78
const text =
  (change: (value: string) => string): Soil =>
  value =>
    Buffer.from(change(value))

const recipes: readonly Recipe[] = [
  { kind: 'cut', reason: 'not-json', soil: text(value => value.slice(0, value.length / 2)) },
  { kind: 'not-json', reason: 'not-json', soil: text(() => 'ERROR 500 upstream timed out') },
  { kind: 'not-object', reason: 'not-object', soil: text(value => `[${value}]`) },
  {
    kind: 'missing-price',
    reason: 'missing-value',
    soil: text(value => withMember(value, 'price', 'null')),
  },
  {
    kind: 'wrong-price',
    reason: 'wrong-type',
    soil: text(value => withMember(value, 'price', '"a lot"')),
  },
  {
    kind: 'no-time',
    reason: 'wrong-type',
    soil: text(value => withMember(value, 'event_time', '"soon"')),
  },
  { kind: 'empty', reason: 'empty', soil: () => Buffer.alloc(0) },
  {
    kind: 'not-utf8',
    reason: 'not-utf8',
    soil: value => Buffer.concat([Buffer.from(value), Buffer.of(0xff)]),
  },
  {
    kind: 'no-session',
    reason: null,
    soil: text(value => withMember(value, 'user_session', 'null')),
  },
  { kind: 'other-user', reason: null, soil: text(value => withMember(value, 'user_id', '1')) },
  { kind: 'repeated', reason: null, soil: text(value => value) },
]

/** Does to a share of event records what happens to real ones; the others pass as they are. */
export class Dirt {
  readonly #options: DirtOptions
  #index = 0

  constructor(options: DirtOptions) {
    this.#options = options
  }

  /** @returns the records with dirt among them: more of them where some are repeated */
  soil(records: readonly ShopRecord[]): ShopRecord[] {
    const { random, share } = this.#options
    const soiled: ShopRecord[] = []
    for (const record of records) {
      if (random.unit() >= share) {
        soiled.push(record)
        this.#index++
      } else soiled.push(...this.#soilOne(record))
    }
    return soiled
  }

  #soilOne(record: ShopRecord): ShopRecord[] {
    const { random, onDirt } = this.#options
    const { kind, reason, soil } = recipes[Math.floor(random.unit() * recipes.length)] as Recipe
    const value = soil(record.value.toString('utf8'))
    const count = kind === 'repeated' ? 2 + Math.floor(random.unit() ** 8 * (repeatedMax - 1)) : 1
    for (let n = 0; n < count; n++) onDirt?.({ index: this.#index++, kind, reason })
    return Array.from({ length: count }, () => ({ key: record.key, value }))
  }
}

/** Puts another value in the place of a member; the member must be there. */
function withMember(json: string, name: string, value: string): string {
  return json.replace(new RegExp(`"${name}":("[^"]*"|[^,}]*)`), `"${name}":${value}`)
}
