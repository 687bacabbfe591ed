import { run as runFreshness } from './freshness.ts'
import { run as runGenerate } from './generate.ts'
import { run as runHostileEvents } from './hostile-events.ts'
import { run as runIngest } from './ingest.ts'
import { run as runLiveCells } from './live-cells.ts'
import { run as runLiveViews } from './live-views.ts'
import { run as runQueries } from './queries.ts'
import { run as runRandomAccess } from './random-access.ts'
import { run as runSubscribers } from './subscribers.ts'

/** Benchmarks by name; each prints its figures and what they are held against. */
const benchmarks: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  freshness: runFreshness,
  generate: runGenerate,
  'hostile-events': runHostileEvents,
  ingest: runIngest,
  'live-cells': runLiveCells,
  'live-views': runLiveViews,
  queries: runQueries,
  'random-access': runRandomAccess,
  subscribers: runSubscribers,
}

const [name = '', ...args] = process.argv.slice(2)
const benchmark = benchmarks[name]
if (!benchmark) {
  console.error(`Say which: npm run bench -- ${Object.keys(benchmarks).join(' | ')}`)
  process.exit(2)
}
await benchmark(args)
process.exit(0)
