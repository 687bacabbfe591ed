import type { Random } from './random.ts'

/** One that takes turns. */
export interface Actor {
  /** Has no turn any more: what it waits for never comes. */
  readonly isDead: boolean
  /** Has no turn before this moment. */
  readonly frozenUntil: number
}

interface Waiting {
  readonly actor: Actor
  /** The moment from which it may go on. */
  readonly at: number
  go(): void
}

const turnMsMax = 3

/**
 * Lets everything in a simulation happen one after the other, in an order that the seed alone decides. A turn takes
 * a moment; when nobody can act, time jumps to where the next one wants to: sleeping costs nothing.
 */
export class Turns {
  readonly #random: Random
  #parked: Waiting[] = []
  #sleeping: Waiting[] = []
  #now = Date.UTC(2026, 0, 1)
  #busyCount = 0
  #isArmed = false

  constructor(random: Random) {
    this.#random = random
  }

  /** Milliseconds since the epoch, by a clock that never jumps. */
  get now(): number {
    return this.#now
  }

  /** Resolves when it is the actor's turn. */
  take(actor: Actor): Promise<void> {
    return new Promise(resolve => {
      this.#parked.push({ actor, at: this.#now, go: resolve })
      this.#arm()
    })
  }

  sleep(actor: Actor, delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const go = (): void => {
        this.#sleeping = this.#sleeping.filter(each => each !== sleeper)
        signal?.removeEventListener('abort', go)
        resolve()
      }
      const sleeper: Waiting = { actor, at: this.#now + Math.max(delayMs, 0), go }
      signal?.addEventListener('abort', go, { once: true })
      this.#sleeping.push(sleeper)
      this.#arm()
    })
  }

  /** Nobody has a turn while work goes on that takes real time. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#busyCount++
    try {
      return await work()
    } finally {
      this.#busyCount--
      this.#arm()
    }
  }

  /** Turns go on during this part of busy work. */
  async meanwhile<T>(work: () => Promise<T>): Promise<T> {
    this.#busyCount--
    this.#arm()
    try {
      return await work()
    } finally {
      this.#busyCount++
    }
  }

  /** Once all that runs has come to wait for something. */
  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    setImmediate(() => {
      this.#isArmed = false
      if (this.#busyCount === 0) this.#step()
    })
  }

  #step(): void {
    const waiting = [...this.#parked, ...this.#sleeping].filter(({ actor }) => !actor.isDead)
    const ready = waiting.filter(each => startOf(each) <= this.#now)
    const next = ready[this.#random.below(ready.length)] ?? firstOf(waiting)
    if (next === undefined) return
    this.#now = Math.max(this.#now, startOf(next)) + this.#random.below(turnMsMax)
    this.#parked = this.#parked.filter(each => each !== next && !each.actor.isDead)
    this.#sleeping = this.#sleeping.filter(each => each !== next && !each.actor.isDead)
    next.go()
    this.#arm()
  }
}

function firstOf(waiting: readonly Waiting[]): Waiting | undefined {
  const first = Math.min(...waiting.map(startOf))
  return waiting.find(each => startOf(each) === first)
}

function startOf({ at, actor }: Waiting): number {
  return Math.max(at, actor.frozenUntil)
}
