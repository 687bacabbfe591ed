import { DuckDbKernel } from './duckdb-kernel.ts'
import { type FaultPlan, plansOf, smallerPlans, type Workload } from './fault-plan.ts'
import { type Environment, type Outcome, simulate } from './simulation.ts'
import { StandInKernel } from './stand-in-kernel.ts'

/** A plan, and what came of it. */
export interface TortureRun {
  readonly plan: FaultPlan
  readonly outcome: Outcome
}

/** @param folder an empty folder of the real disk, best in memory */
export function environmentIn(folder: string): Environment {
  return {
    folder,
    openKernel: async ({ disk, surroundings: { turns } }, kind) =>
      kind === 'duckdb' ? DuckDbKernel.open({ folder, disk, turns }) : new StandInKernel(disk),
  }
}

/** Runs a plan; what is thrown is a problem like others. */
export async function runPlan(plan: FaultPlan, environment: Environment): Promise<TortureRun> {
  try {
    return { plan, outcome: await simulate(plan, environment) }
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { plan, outcome: { lost: 0, duplicated: 0, problems: [problem], trace: [] } }
  }
}

/** DuckDB takes ten times as long: of its plans, every so many-th is run. */
const duckDbStep = 10

/** The workload without a fault, and then with its plans. */
export async function* tortureRuns(
  workload: Workload,
  environment: Environment,
): AsyncGenerator<TortureRun> {
  const calm = await runPlan({ ...workload, faults: [] }, environment)
  yield calm
  const step = workload.kernel === 'duckdb' ? duckDbStep : 1
  for (const [index, plan] of [...plansOf(workload, calm.outcome.trace.length)].entries()) {
    if (index % step === 0) yield await runPlan(plan, environment)
  }
}

/** The smallest plan to be found that fails as well, by leaving out one fault after the other. */
export async function shrink(failed: TortureRun, environment: Environment): Promise<TortureRun> {
  for (const plan of smallerPlans(failed.plan)) {
    const smaller = await runPlan(plan, environment)
    if (smaller.outcome.problems.length > 0) return shrink(smaller, environment)
  }
  return failed
}
