import type { Clock } from '../../backend/base/clock.ts'
import type { Fault, FaultKind } from './fault-plan.ts'
import type { Random } from './random.ts'
import { errorOf } from './simulated-disk.ts'
import type { Actor, Turns } from './turns.ts'

/** How an operation is to be done when a fault befalls it: `part` of it, or a sync that has not taken place. */
export type Manner = 'whole' | 'part' | 'unsynced'

export interface Operation {
  readonly name: string
  /** What can go wrong with it in a way of its own. */
  readonly does?: 'write' | 'read' | 'sync'
}

/** The faults of a plan, and what has been done. */
export class Faults {
  readonly #kinds: Map<number, FaultKind>
  /** Every operation, in order. */
  readonly trace: string[] = []
  isOver = false

  constructor(faults: readonly Fault[]) {
    this.#kinds = new Map(faults.map(({ operation, kind }) => [operation, kind]))
  }

  /** What befalls the next operation. */
  next(description: string): FaultKind | undefined {
    const kind = this.isOver ? undefined : this.#kinds.get(this.trace.length + 1)
    this.trace.push(kind === undefined ? description : `${description}: ${kind}`)
    return kind
  }
}

/** What the processes of a run have in common. */
export interface Surroundings {
  readonly turns: Turns
  readonly faults: Faults
  readonly random: Random
  /** How far the machine's clock is off. */
  clockOffsetMs: number
  /** What is lost with the power. */
  losePower(): void
}

const delayMsMax = 30_000
/** Nothing that a commit needs goes within an hour: several of these fit into it. */
const pausesMsMax = [1_000, 60_000, 1_200_000] as const
const jumpMsMax = { back: 30_000, ahead: 1_200_000 }

/** A process whose every touch of the outside is numbered, has its turn, and can go wrong. */
export class SimulatedProcess implements Actor {
  readonly name: string
  readonly clock: Clock
  readonly whenDead: Promise<void>
  isDead = false
  frozenUntil = 0
  readonly #surroundings: Surroundings
  #die = (): void => {}

  constructor(name: string, surroundings: Surroundings) {
    this.name = name
    this.#surroundings = surroundings
    this.whenDead = new Promise(resolve => {
      this.#die = resolve
    })
    this.clock = {
      now: () => surroundings.turns.now + surroundings.clockOffsetMs,
      elapsed: () => surroundings.turns.now,
      sleep: (delayMs, signal) => surroundings.turns.sleep(this, delayMs, signal),
    }
  }

  get isFrozen(): boolean {
    return this.frozenUntil > this.#surroundings.turns.now
  }

  die(): void {
    this.isDead = true
    this.#die()
  }

  /** Does the operation when it is its turn, as the plan has it; never ends when the process dies at it. */
  async touch<T>(operation: Operation, work: (manner: Manner) => T | Promise<T>): Promise<T> {
    const { turns, faults, random } = this.#surroundings
    await turns.take(this)
    const kind = faults.next(`${this.name} ${operation.name}`)
    switch (kind) {
      case undefined:
        return work('whole')
      case 'fail-after':
        await work('whole')
        throw errorOf('EIO', `${operation.name}, done`)
      case 'crash-before':
        return this.#crash()
      case 'crash-after':
        await work('whole')
        return this.#crash()
      case 'kill':
        await work('whole')
        this.die()
        return never()
      case 'delay':
        await turns.sleep(this, random.between(1, delayMsMax))
        return work('whole')
      case 'pause':
        this.frozenUntil = turns.now + random.between(1, random.pick(pausesMsMax))
        await turns.take(this)
        return work('whole')
      case 'clock-jump':
        this.#surroundings.clockOffsetMs += random.between(-jumpMsMax.back, jumpMsMax.ahead)
        return work('whole')
      default:
        return this.#spoil(kind, operation, work)
    }
  }

  async #spoil<T>(
    kind: 'fail-before' | 'disk-full' | 'torn-write' | 'short-read' | 'failed-sync',
    { name, does }: Operation,
    work: (manner: Manner) => T | Promise<T>,
  ): Promise<T> {
    if (kind === 'short-read' && does === 'read') return work('part')
    if (kind === 'failed-sync' && does === 'sync') await work('unsynced')
    if (kind === 'disk-full' || kind === 'torn-write') {
      if (does === 'write') await work('part')
      if (kind === 'disk-full') throw errorOf('ENOSPC', name)
      return this.#crash()
    }
    throw errorOf('EIO', name)
  }

  #crash(): Promise<never> {
    this.#surroundings.losePower()
    this.die()
    return never()
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}
