import { join } from 'node:path'
import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { Kernel } from './kernel.ts'
import { Producer } from './producer.ts'
import { Random } from './random.ts'
import type { Sabotage } from './sabotage.ts'
import { SimulatedIngest, told } from './simulated-ingest.ts'
import { Faults } from './simulated-process.ts'
import { Machine } from './stores.ts'
import { Turns } from './turns.ts'
import { judge, type Verdict } from './verdict.ts'
import { definition, type Work, workOf } from './workload.ts'

export interface Environment {
  /** A folder of the real disk for a kernel that needs one. */
  readonly folder: string
  openKernel(machine: Machine, kind: FaultPlan['kernel']): Promise<Kernel>
  readonly sabotage?: Sabotage
}

export interface Outcome extends Verdict {
  /** Every outside operation, in order. */
  readonly trace: readonly string[]
}

const lookEveryMs = 50
const startDelayMs = 20
/** With faults it is broken off after so long; without them, that must be enough. */
const patienceMs = { withFaults: 1_800_000, without: 300_000 }
/** After so long, nothing stays that is not needed. */
const sweptAfterMs = 3 * 3_600_000

/** Runs a plan from the first event to a verdict. */
export async function simulate(plan: FaultPlan, environment: Environment): Promise<Outcome> {
  const faults = new Faults(plan.faults)
  const turns = new Turns(new Random(plan.seed))
  const random = new Random(plan.seed + 1)
  const { sabotage = {} } = environment
  const machine = new Machine(
    { root: join(environment.folder, 'simulated'), stores: plan.stores, sabotage },
    { turns, faults, random, clockOffsetMs: 0 },
  )
  const kernel = await environment.openKernel(machine, plan.kernel)
  const simulation = new Simulation(plan, { turns, faults, machine, kernel })
  try {
    return { ...(await simulation.run()), trace: faults.trace }
  } finally {
    await kernel.close()
  }
}

class Simulation {
  readonly #plan: FaultPlan
  readonly #work: Work
  readonly #turns: Turns
  readonly #faults: Faults
  readonly #machine: Machine
  readonly #kernel: Kernel
  readonly #driver = { isDead: false, frozenUntil: 0 }
  readonly #producer: Producer
  readonly #problems: string[] = []
  readonly #started: SimulatedIngest[] = []
  #current: SimulatedIngest | undefined
  #processCount = 0

  constructor(
    plan: FaultPlan,
    parts: { turns: Turns; faults: Faults; machine: Machine; kernel: Kernel },
  ) {
    this.#plan = plan
    this.#work = workOf(new Random(plan.seed))
    this.#turns = parts.turns
    this.#faults = parts.faults
    this.#machine = parts.machine
    this.#kernel = parts.kernel
    this.#producer = new Producer(parts.turns, () => this.#current)
  }

  async run(): Promise<Verdict> {
    const producing = this.#producer.run(this.#work.appends)
    await this.#attend()
    for (const ingest of this.#started.toReversed()) await this.#stop(ingest)
    this.#faults.isOver = true
    this.#current = undefined
    await this.#attend()
    if (this.#problems.length > 0) return this.#failed()
    await producing
    await this.#lookAfterTables()
    for (const { complaints } of this.#started) this.#problems.push(...complaints)
    const verdict = await judge(this.#machine, { kernel: this.#kernel, work: this.#work })
    return { ...verdict, problems: [...this.#problems, ...verdict.problems] }
  }

  #failed(): Verdict {
    return { lost: 0, duplicated: 0, problems: this.#problems }
  }

  /** Starts processes, one after the other, until all that was sent is committed. */
  async #attend(): Promise<void> {
    const deadline = this.#turns.now + patienceMs[this.#faults.isOver ? 'without' : 'withFaults']
    while (!(await this.#isDone())) {
      if (this.#problems.length > 0) return
      if (this.#turns.now > deadline) {
        if (this.#faults.isOver) this.#problems.push('it does not come to an end')
        return
      }
      if (this.#needsProcess()) this.#current = await this.#startNext()
      await this.#turns.sleep(this.#driver, lookEveryMs)
    }
  }

  /** A process that sleeps is replaced where another can be started beside it. */
  #needsProcess(): boolean {
    const process = this.#current?.process
    return process?.isDead !== false || (this.#plan.stores === 'shared' && process.isFrozen)
  }

  async #isDone(): Promise<boolean> {
    const { halt } = this.#current ?? {}
    if (halt !== undefined) this.#problems.push(halt)
    if (!this.#producer.isDone || this.#current === undefined) return false
    const log = EmbeddedEventLog.over(this.#machine.openLog(), this.#machine.startObserver().clock)
    const { partitions } = await log.describeTopic(definition.stream)
    return this.#current.hasCommitted(partitions)
  }

  async #startNext(): Promise<SimulatedIngest | undefined> {
    const process = this.#machine.startProcess(`process ${++this.#processCount}`)
    const parts = { kernel: this.#kernel, work: this.#work }
    const start = async (): Promise<SimulatedIngest | undefined> => {
      try {
        const stores = await this.#machine.openStores(process)
        return await SimulatedIngest.start(process, stores, parts)
      } catch (error) {
        if (this.#faults.isOver) this.#problems.push(told(error))
        process.die()
        return undefined
      }
    }
    await this.#turns.sleep(this.#driver, startDelayMs)
    const ingest = await Promise.race([start(), process.whenDead.then(() => undefined)])
    if (ingest) this.#started.push(ingest)
    return ingest
  }

  /** Also one that was taken for dead and has woken up. */
  async #stop({ process, stop }: SimulatedIngest): Promise<void> {
    if (process.isDead) return
    const gone = this.#turns.sleep(this.#driver, patienceMs.withFaults)
    await Promise.race([stop(), process.whenDead, gone])
    process.die()
  }

  /** What is no longer needed goes: nothing that is needed may go with it. */
  async #lookAfterTables(): Promise<void> {
    const ingest = this.#current
    if (ingest === undefined) return
    await ingest.stop()
    for (let n = 0; n < 2; n++) {
      await this.#turns.sleep(this.#driver, sweptAfterMs)
      await ingest.runUpkeep()
    }
    ingest.process.die()
  }
}
