import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EmbeddedTorture } from './torture/embedded-torture.ts'
import { Report } from './torture/report.ts'
import { torture } from './torture/torture.ts'

const usage = `npm run torture -- [options]

  --minutes N   how long Millrace is broken, over and over (10)
  --reads N     no faults: N reads of random shapes while events arrive
  --rate N      events a second (2000)
  --seed TEXT   draws the same faults again`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    reads: { type: 'string' },
    rate: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(usage)
else process.exit(await run())

async function run(): Promise<number> {
  const { seed } = values
  const report = new Report()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-torture-'))
  report.say(`seed ${seed}`)
  const tortured = await EmbeddedTorture.start(folder)
  const deadline = Date.now() + Number(values.minutes) * 60_000
  const reads = values.reads === undefined ? undefined : Number(values.reads)
  const options = {
    seed,
    ratePerSecond: Number(values.rate),
    readers: reads === undefined ? 2 : 4,
    restMs: reads === undefined ? 20 : 0,
    hasFaults: reads === undefined,
    until: (checked: number) => (reads === undefined ? Date.now() >= deadline : checked >= reads),
  }
  try {
    await torture(tortured, options, report)
    await tortured.close()
    await rm(folder, { recursive: true, force: true })
    return 0
  } catch (error) {
    await tortured.close()
    console.error(error instanceof Error ? (error.stack ?? error.message) : error)
    console.error(`FAILED: seed ${seed}; what is left of it lies in ${folder}.`)
    return 1
  }
}
