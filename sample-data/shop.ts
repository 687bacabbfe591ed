import { invariant } from '../backend/base/invariant.ts'
import { EventWriter } from './event-writer.ts'
import type { HistoryRange } from './history-rate.ts'
import { FlatPace, HistoryPace, type Pace } from './pace.ts'
import { ProductRange } from './product-range.ts'
import { productRecords } from './product-records.ts'
import { makeProducts } from './products.ts'
import { Random } from './random.ts'
import { SessionIds } from './session-ids.ts'
import { SessionShape } from './session-shape.ts'
import type { ShopRecord } from './shop-record.ts'
import { Traffic } from './traffic.ts'
import { userRecords } from './user-records.ts'
import { Users } from './users.ts'

export interface ShopOptions {
  readonly seed: number
  readonly productCount?: number
  readonly userCount?: number
}

export interface LiveOptions {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly ratePerSecond: number
}

/** Events that go on for ever, as far as one asks. */
export interface LiveEvents {
  /** The events since the last call that happened up to `time`, in milliseconds since the epoch. */
  takeUntil(time: number): readonly ShopRecord[]
}

const chunkSize = 4096

/**
 * A shop with its products, users and what these do, all made up. Equal seeds and options give equal bytes; the class
 * looks at no clock.
 */
export class Shop {
  readonly #seed: number
  readonly #range: ProductRange
  readonly #users: Users
  readonly #shape = new SessionShape()

  constructor({ seed, productCount = 20_000, userCount = 100_000 }: ShopOptions) {
    this.#seed = seed
    this.#range = new ProductRange(makeProducts(productCount, this.#randomFor('products')))
    this.#users = new Users(userCount, this.#randomFor('users'))
  }

  /** All products, listed before `until`. */
  products({ until }: { readonly until: number }): Iterable<ShopRecord> {
    return productRecords(this.#range.products, until)
  }

  /** All users, first seen before `until`. */
  users({ until }: { readonly until: number }): Iterable<ShopRecord> {
    return userRecords(this.#users.keys, until, this.#randomFor('user traits'))
  }

  /** `count` events in the order of time, in chunks of some thousand. */
  *history(range: HistoryRange): Generator<readonly ShopRecord[]> {
    invariant(Number.isInteger(range.count), 'a history is of whole events')
    const random = this.#randomFor(`history ${range.from}`)
    const traffic = this.#traffic(range.from, new HistoryPace(range, random), random)
    const events = new EventWriter(new SessionIds(random))
    for (let left = range.count; left > 0; left -= chunkSize) {
      for (let n = Math.min(left, chunkSize); n > 0; n--) traffic.writeNext(events)
      yield events.take()
    }
  }

  live({ from, ratePerSecond }: LiveOptions): LiveEvents {
    const random = this.#randomFor(`live ${from}`)
    const traffic = this.#traffic(from, new FlatPace(from, ratePerSecond, random), random)
    const events = new EventWriter(new SessionIds(random))
    return {
      takeUntil(time) {
        while (traffic.nextTime <= time) traffic.writeNext(events)
        return events.take()
      },
    }
  }

  #traffic(from: number, pace: Pace, random: Random): Traffic {
    return new Traffic(from, {
      range: this.#range,
      users: this.#users,
      shape: this.#shape,
      random,
      pace,
    })
  }

  #randomFor(purpose: string): Random {
    return new Random(`${this.#seed} ${purpose}`)
  }
}
