import type { FaultPlan } from './fault-plan.ts'

/** Which part of the runs a worker does: every so many-th workload from one on, until it has done enough runs. */
export interface TortureShare {
  readonly seed: number
  readonly firstWorkload: number
  readonly workloadStep: number
  readonly runs: number
}

/** What came of a run. */
export interface TortureNews {
  readonly operations: number
  readonly lost: number
  readonly duplicated: number
  /** Its plan, when something is wrong. */
  readonly failure: { readonly plan: FaultPlan; readonly problems: readonly string[] } | undefined
}
