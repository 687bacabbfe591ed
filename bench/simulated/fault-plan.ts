import { Random } from './random.ts'

/** What can befall an outside operation; where there is nothing to write, read or sync, it fails or the power goes. */
const faultKinds = [
  'fail-before',
  /** Done, and the reply is lost. */
  'fail-after',
  /** The power goes: what was not synced is lost, or torn. */
  'crash-before',
  'crash-after',
  /** The process ends; the machine goes on. */
  'kill',
  'delay',
  /** A part is written, then the disk is full. */
  'disk-full',
  /** A part is written, then the power goes. */
  'torn-write',
  'short-read',
  /** The sync fails, and the next one has nothing left to write: the content is lost with the power. */
  'failed-sync',
  /** The process sleeps while another one is started in its place, and wakes up again. */
  'pause',
  'clock-jump',
] as const

export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  /** Outside operations are numbered from 1, as they happen. */
  readonly operation: number
  readonly kind: FaultKind
}

export interface FaultPlan {
  /** Decides the work, the order in which things happen, and what a crash leaves. */
  readonly seed: number
  /**
   * Where log, live store and lake are: on the one machine, in the process that dies with them, or elsewhere, where many
   * processes use them by a network.
   */
  readonly stores: 'own' | 'shared'
  /** What decodes, merges and writes: DuckDB, or an exact stand-in that takes a tenth of the time. */
  readonly kernel: 'stand-in' | 'duckdb'
  readonly faults: readonly Fault[]
}

export type Workload = Omit<FaultPlan, 'faults'>

/** One of the workloads of a torture run; one in ten is DuckDB's. */
export function workloadOf(seed: number, index: number): Workload {
  return {
    seed: seed + index,
    stores: index % 3 === 2 ? 'shared' : 'own',
    kernel: index % 10 === 9 ? 'duckdb' : 'stand-in',
  }
}

/** How a process ends in the middle of something. */
const endings = {
  own: ['crash-before', 'crash-after', 'kill'],
  shared: ['kill', 'pause', 'fail-after'],
} as const

/**
 * Plans for a workload that takes so many operations without a fault: an end at each of them, and in half of the plans
 * another one after it; then as many again with any faults.
 */
export function* plansOf(workload: Workload, operationCount: number): Generator<FaultPlan> {
  const random = new Random(workload.seed)
  const ending = (operation: number): Fault => ({
    operation,
    kind: random.pick(endings[workload.stores]),
  })
  const anyFault = (): Fault => ({
    operation: random.between(1, Math.ceil(operationCount * 1.5)),
    kind: random.pick(faultKinds),
  })
  for (let operation = 1; operation <= operationCount; operation++) {
    const again = operation + random.between(1, operationCount)
    const later = random.chance(0.5) ? [ending(again)] : []
    yield { ...workload, faults: [ending(operation), ...later] }
  }
  for (let n = 0; n < operationCount; n++) {
    const faults = Array.from({ length: random.between(1, 5) }, anyFault)
    if (random.chance(0.5)) faults.push(ending(random.between(1, operationCount * 2)))
    yield { ...workload, faults: faults.sort((a, b) => a.operation - b.operation) }
  }
}

/** Plans with one fault less each. */
export function smallerPlans(plan: FaultPlan): FaultPlan[] {
  return plan.faults.map((_, index) => ({ ...plan, faults: plan.faults.toSpliced(index, 1) }))
}
