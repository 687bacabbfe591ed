import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onStopSignals } from '../backend/base/stop-signals.ts'
import { run as runSimulated } from './simulated/main.ts'
import { backlog } from './torture/backlog.ts'
import { clusterFaultKinds } from './torture/cluster-plan.ts'
import { ClusterTorture } from './torture/cluster-torture.ts'
import { EmbeddedTorture } from './torture/embedded-torture.ts'
import { Report } from './torture/report.ts'
import { SmallDisk } from './torture/small-disk.ts'
import { soak } from './torture/soak.ts'
import { type Tortured, torture } from './torture/torture.ts'
import { Wrong } from './torture/wrong.ts'

const usage = `npm run torture -- [options]

  --simulated        on simulated stores, with a crash or a fault at every operation; see bench/simulated/main.ts
    --runs N         plans (20000)
    --plan JSON      one plan again, with all that it does

  --minutes N        how long Millrace is broken, over and over (10)
  --profile NAME     embedded, or cluster: several Millraces over servers of their own (embedded)
  --seed TEXT        draws the same faults again
  --rate N           events a second (2000; 300 with --reads)
  --reads N          no faults: N reads of random shapes while events arrive
  --soak             no faults: --minutes at --rate; memory and lag have to stay where they are
  --backlog N        no faults: N events are in the log at the start; memory must not grow with them

On the embedded profile:
  --small-disk       its folder lies on a file system of its own, which is full at times; needs root

On the cluster profile:
  --processes N      Millraces on one topic (2)
  --only KIND,...    faults of these kinds: ${clusterFaultKinds.join(', ')}
  --port-base N      the first of twelve ports for the servers (19300)`

if (process.argv.includes('--simulated')) {
  await runSimulated(process.argv.slice(2))
  process.exit()
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    profile: { type: 'string', default: 'embedded' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string' },
    reads: { type: 'string' },
    soak: { type: 'boolean', default: false },
    backlog: { type: 'string' },
    'small-disk': { type: 'boolean', default: false },
    processes: { type: 'string', default: '2' },
    only: { type: 'string' },
    'port-base': { type: 'string', default: '19300' },
    help: { type: 'boolean', default: false },
  },
})

const report = new Report()
const hasFaults = values.reads === undefined && !values.soak
const minutes = Number(values.minutes)
/** A run with faults that has read next to nothing, on a slow machine, has shown nothing yet. */
const readsMin = Number(values.reads ?? 25)
const ratePerSecond = Number(values.rate ?? (values.reads === undefined ? 2_000 : 300))
const commitEverySeconds = hasFaults ? 0.1 : 0.5

let isInterrupted = false

onStopSignals({
  // It ends as its time does, with a verdict.
  first() {
    isInterrupted = true
    report.say('interrupted')
  },
  again: () => process.exit(130),
})
if (values.help) console.log(usage)
else process.exit(await inFolder(runOf()))

/** @throws Wrong for a small disk that nothing would fill */
function checkDisk(): void {
  const isFilled = values.profile === 'embedded' && hasFaults && values.backlog === undefined
  if (values['small-disk'] && !isFilled) {
    throw new Wrong(
      '--small-disk is a fault of the embedded profile: it goes with no run without faults.',
    )
  }
}

function runOf(): (folder: string) => Promise<void> {
  const { backlog: count } = values
  if (count !== undefined) return folder => backlog(folder, Number(count), report)
  return values.soak ? runSoak : runTorture
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-torture-'))
  report.say(`seed ${values.seed}, ${values.profile} profile, ${ratePerSecond} events a second`)
  try {
    checkDisk()
    await run(folder)
    await rm(folder, { recursive: true, force: true })
    return 0
  } catch (error) {
    console.error(error instanceof Wrong ? error.message : error)
    console.error(`FAILED: seed ${values.seed}. What is left of the run lies in ${folder}.`)
    return 1
  }
}

async function runTorture(folder: string): Promise<void> {
  const disk = values['small-disk'] ? await SmallDisk.mount(join(folder, 'disk')) : undefined
  const tortured = await start(folder, disk)
  try {
    await torture(
      tortured,
      {
        seed: values.seed,
        ratePerSecond,
        hasFaults,
        ...(hasFaults ? { readers: 2, restMs: 20 } : { readers: 4, restMs: 0 }),
        isOver: (forMs, checked) =>
          isInterrupted || ((!hasFaults || forMs >= minutes * 60_000) && checked >= readsMin),
      },
      report,
    )
  } finally {
    await tortured.close()
  }
  // What a failed run has left stays there to be looked at.
  await disk?.unmount()
}

async function runSoak(folder: string): Promise<void> {
  const isOver = (): boolean => isInterrupted
  await soak({ folder, profile: values.profile, minutes, ratePerSecond, isOver }, report)
}

function start(folder: string, disk: SmallDisk | undefined): Promise<Tortured> {
  if (values.profile === 'embedded') return EmbeddedTorture.start(folder, commitEverySeconds, disk)
  if (values.profile !== 'cluster') throw new Wrong(`There is no profile ${values.profile}.`)
  const kinds =
    values.only === undefined ? clusterFaultKinds : values.only.split(',').map(kindNamed)
  const [memberCount, portBase] = [Number(values.processes), Number(values['port-base'])]
  return ClusterTorture.start(folder, { memberCount, portBase, kinds }, report)
}

function kindNamed(text: string) {
  const kind = clusterFaultKinds.find(known => known === text)
  if (kind === undefined) throw new Wrong(`There is no kind of fault ${text}.`)
  return kind
}
