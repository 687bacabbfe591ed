import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { FaultPlan } from './fault-plan.ts'
import type { TortureNews, TortureShare } from './torture-messages.ts'
import { environmentIn, runPlan } from './torture-runs.ts'

const workerCount = 2
const toldEveryRuns = 1000
const shownFailuresMax = 10

/**
 * Runs ingest on simulated stores with a fault plan in each run, and holds the lake against the log after it: `--runs N
 * --seed S`, or one run of `--plan <json>` with all that it does. The last line is the verdict.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      simulated: { type: 'boolean' },
      runs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      plan: { type: 'string' },
    },
  })
  const sum = new Sum()
  if (values.plan !== undefined) await replay(JSON.parse(values.plan) as FaultPlan, sum)
  else await runAll({ runs: Number(values.runs), seed: Number(values.seed) }, sum)
  console.log(sum.verdict)
  process.exitCode = sum.hasPassed ? 0 : 1
}

/** What has come of all runs until now. */
class Sum {
  #runs = 0
  #operations = 0
  #lost = 0
  #duplicated = 0
  #failures = 0
  readonly #startedAt = performance.now()

  add({ operations, lost, duplicated, failure }: TortureNews): void {
    this.#runs++
    this.#operations += operations
    this.#lost += lost
    this.#duplicated += duplicated
    if (failure !== undefined && ++this.#failures <= shownFailuresMax) show(failure)
    if (this.#runs % toldEveryRuns === 0) this.#tell()
  }

  get hasPassed(): boolean {
    return this.#runs > 0 && this.#failures === 0
  }

  get verdict(): string {
    const failed = this.#failures === 0 ? '' : `, ${this.#failures} runs failed`
    return `${this.#runs} runs, ${this.#lost} lost, ${this.#duplicated} duplicated${failed}`
  }

  #tell(): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(0)
    console.log(`${seconds} s: ${this.verdict}, ${this.#operations} outside operations`)
  }
}

function show({ plan, problems }: NonNullable<TortureNews['failure']>): void {
  for (const problem of problems) console.log(`FAILED ${problem}`)
  const json = JSON.stringify(plan)
  console.log(`seed ${plan.seed}, plan ${json}; once more:`)
  console.log(`  npm run torture -- --simulated --plan '${json}'`)
}

async function replay(plan: FaultPlan, sum: Sum): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-torture-'))
  const { outcome } = await runPlan(plan, environmentIn(folder))
  await rm(folder, { recursive: true, force: true })
  const { trace, problems, lost, duplicated } = outcome
  for (const [index, operation] of trace.entries()) console.log(`${index + 1} ${operation}`)
  const failure = problems.length > 0 ? { plan, problems } : undefined
  sum.add({ operations: trace.length, lost, duplicated, failure })
}

async function runAll({ runs, seed }: { runs: number; seed: number }, sum: Sum): Promise<void> {
  console.log(`seed ${seed}`)
  const shares = Array.from({ length: workerCount }, (_, index) => ({
    seed,
    firstWorkload: index,
    workloadStep: workerCount,
    runs: Math.floor((runs + index) / workerCount),
  }))
  await Promise.all(shares.map(share => runShare(share, sum)))
}

function runShare(share: TortureShare, sum: Sum): Promise<void> {
  const worker = fork(new URL('./torture-worker.js', import.meta.url))
  worker.on('message', (news: TortureNews) => sum.add(news))
  worker.send(share)
  return new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', code =>
      code === 0 ? resolve() : reject(new Error(`A worker ended with code ${code}.`)),
    )
  })
}
