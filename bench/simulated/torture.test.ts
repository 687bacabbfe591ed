import { expect, test } from 'vitest'
import { temporaryFolder } from '../../backend/testing/temporary-folder.ts'
import { plansOf, type Workload } from './fault-plan.ts'
import { forgetsOffsets, overwrites, type Sabotage, syncsNothing } from './sabotage.ts'
import type { Environment } from './simulation.ts'
import { environmentIn, runPlan, type TortureRun } from './torture-runs.ts'

/*
 * Goal: whatever a process, a disk or a store does, each event that was acknowledged is in the lake once. Method: ingest,
 * commits, merges, checkpoints and vacuum run on simulated stores, with faults at numbered operations; at the end the set
 * of offsets in the lake is held against the log's. `npm run torture -- --simulated` does the same for longer.
 */

/** Some of the plans of a workload, spread over all of them. */
async function slice(
  workload: Workload,
  environment: Environment,
  count: number,
): Promise<TortureRun[]> {
  const calm = await runPlan({ ...workload, faults: [] }, environment)
  expect(calm.outcome.problems).toEqual([])
  const plans = [...plansOf(workload, calm.outcome.trace.length)]
  const step = Math.max(1, Math.floor(plans.length / count))
  const chosen = plans.filter((_, index) => index % step === workload.seed % step)
  const runs: TortureRun[] = []
  for (const plan of chosen) runs.push(await runPlan(plan, environment))
  return runs
}

function failuresOf(runs: readonly TortureRun[]): string[] {
  const failed = runs.filter(({ outcome }) => outcome.problems.length > 0)
  return failed.map(
    ({ plan, outcome }) => `${JSON.stringify(plan)}: ${outcome.problems.join('; ')}`,
  )
}

const seeds = [1, 1 + (Date.now() % 1_000_000)]

test.for([
  { stores: 'own', kernel: 'stand-in', count: 80 },
  { stores: 'shared', kernel: 'stand-in', count: 80 },
  { stores: 'own', kernel: 'duckdb', count: 8 },
] as const)(
  'nothing is lost or doubled by crashes and faults: $stores stores, $kernel',
  {
    timeout: 120_000,
  },
  async ({ stores, kernel, count }) => {
    const environment = environmentIn(await temporaryFolder())
    for (const seed of seeds) {
      const runs = await slice({ seed, stores, kernel }, environment, count)
      expect(failuresOf(runs), `seed ${seed}`).toEqual([])
    }
  },
)

test('a plan does the same each time', async () => {
  const environment = environmentIn(await temporaryFolder())
  const plan = {
    ...({ seed: 7, stores: 'shared', kernel: 'stand-in' } as const),
    faults: [
      { operation: 60, kind: 'pause' },
      { operation: 130, kind: 'fail-after' },
      { operation: 200, kind: 'kill' },
    ],
  } as const
  const [first, second] = [await runPlan(plan, environment), await runPlan(plan, environment)]
  const named = ({ outcome }: TortureRun) =>
    outcome.trace.map(line => line.replace(/[\da-f-]{36}/, ''))
  expect(named(first).length).toBeGreaterThan(200)
  expect(named(second)).toEqual(named(first))
})

/** Canaries: without its guards, the same torture fails. */
test.for([
  { guard: 'syncs', sabotage: syncsNothing, stores: 'own' },
  { guard: 'exclusive commits', sabotage: overwrites, stores: 'shared' },
  { guard: 'offsets in commits', sabotage: forgetsOffsets, stores: 'own' },
] satisfies { guard: string; sabotage: Sabotage; stores: Workload['stores'] }[])(
  'without $guard, the torture fails',
  { timeout: 60_000 },
  async ({ sabotage, stores }) => {
    const environment = { ...environmentIn(await temporaryFolder()), sabotage }
    const workload = { seed: 1, stores, kernel: 'stand-in' } as const
    const calm = await runPlan({ ...workload, faults: [] }, environment)
    expect(calm.outcome.problems).toEqual([])
    for (const plan of [...plansOf(workload, calm.outcome.trace.length)].toReversed()) {
      const { problems } = (await runPlan(plan, environment)).outcome
      if (problems.length > 0) return
    }
    expect.fail('nothing was noticed')
  },
)
