import { DueQueue } from './due-queue.ts'
import type { EventWriter } from './event-writer.ts'
import type { Pace } from './pace.ts'
import type { ProductRange } from './product-range.ts'
import type { Random } from './random.ts'
import type { SessionShape } from './session-shape.ts'
import type { Users } from './users.ts'
import { advanceVisit, type Visit } from './visit.ts'

export interface TrafficParts {
  readonly range: ProductRange
  readonly users: Users
  readonly shape: SessionShape
  readonly random: Random
  readonly pace: Pace
}

/**
 * The events of all visitors, in the order of time. Each event takes one slot of the pace: one of an open visit that is
 * due before the slot, or else the first of a new visit. So the pace holds, while visits keep their own rhythm.
 */
export class Traffic {
  readonly #parts: TrafficParts
  readonly #due = new DueQueue<Visit>()
  #slot: number
  #visits = 0

  /** Begins amid the visits that are open at `from`. */
  constructor(from: number, parts: TrafficParts) {
    this.#parts = parts
    const { shape, pace, random } = parts
    for (let open = shape.openCount(pace.startRate); open > 0; open--) {
      const { eventsLeft, dueInMs } = shape.drawOpen(random)
      this.#due.add(from + dueInMs, this.#newVisit(eventsLeft))
    }
    this.#slot = pace.nextSlot()
  }

  /** When the next event happens, in milliseconds since the epoch. */
  get nextTime(): number {
    return Math.min(this.#slot, this.#due.firstTime)
  }

  writeNext(events: EventWriter): void {
    const visit = this.#due.first
    if (visit !== undefined && this.#due.firstTime <= this.#slot) this.#continue(visit, events)
    else this.#open(events)
    this.#slot = this.#parts.pace.nextSlot()
  }

  #continue(visit: Visit, events: EventWriter): void {
    const { range, shape, random } = this.#parts
    const time = this.#due.firstTime
    advanceVisit(visit, range, random)
    events.add(time, visit)
    visit.eventsLeft--
    if (visit.eventsLeft === 0) this.#due.removeFirst()
    else this.#due.replaceFirst(time + shape.drawGapMs(random), visit)
  }

  #open(events: EventWriter): void {
    const { shape, random } = this.#parts
    const visit = this.#newVisit(shape.drawLength(random))
    events.add(this.#slot, visit)
    visit.eventsLeft--
    if (visit.eventsLeft > 0) this.#due.add(this.#slot + shape.drawGapMs(random), visit)
  }

  #newVisit(eventsLeft: number): Visit {
    const { range, users, random } = this.#parts
    return {
      userKey: users.drawKey(random),
      session: this.#visits++,
      product: range.drawAny(random),
      eventType: 'view',
      hasCart: false,
      hasPurchase: false,
      eventsLeft,
    }
  }
}
