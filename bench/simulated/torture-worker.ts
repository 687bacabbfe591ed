import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workloadOf } from './fault-plan.ts'
import type { Environment } from './simulation.ts'
import type { TortureNews, TortureShare } from './torture-messages.ts'
import { environmentIn, shrink, type TortureRun, tortureRuns } from './torture-runs.ts'

/** More are told as they are: to make a plan smaller takes many runs. */
const shrunkMax = 3

process.once('message', async (share: TortureShare) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-torture-'))
  try {
    await runShare(share, environmentIn(folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  process.disconnect()
})

async function runShare(share: TortureShare, environment: Environment): Promise<void> {
  let runs = 0
  let failures = 0
  for (let index = share.firstWorkload; runs < share.runs; index += share.workloadStep) {
    const workload = workloadOf(share.seed, index)
    for await (const run of tortureRuns(workload, environment)) {
      runs++
      const hasFailed = run.outcome.problems.length > 0
      if (hasFailed) failures++
      tell(hasFailed && failures <= shrunkMax ? await shrink(run, environment) : run)
      if (runs >= share.runs) return
    }
  }
}

function tell({ plan, outcome }: TortureRun): void {
  const { lost, duplicated, problems, trace } = outcome
  const failure = problems.length > 0 ? { plan, problems } : undefined
  const news: TortureNews = { operations: trace.length, lost, duplicated, failure }
  process.send?.(news)
}
