import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Artifacts } from './artifacts.ts'
import { Cluster, type ServiceState } from './cluster.ts'
import { Places, type ServiceName, serviceNames } from './places.ts'

const usage = `npm run cluster -- up      starts Kafka, HDFS, HBase and Spark on this machine; what runs already is left alone
npm run cluster -- watch   the same, stays, and starts again what dies
npm run cluster -- status  says what serves
npm run cluster -- down    stops everything; the data stays
npm run cluster -- wipe    stops everything and removes the data
npm run cluster -- download  gets the programs, and starts nothing

Names after the command choose among ${serviceNames.join(', ')}.
  --folder PATH          where programs keep their data and logs (.cluster)
  --port-base N          the first of twelve ports (19000)
  --hosts name=host,...  under which names other machines reach the services`

const watchEveryMs = 2_000
/** Whether a server does what it is asked is tried less often than whether its process is there. */
const probeEveryTurns = 5
const projectFolder = join(import.meta.dirname, '..', '..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: '.cluster' },
    'port-base': { type: 'string', default: '19000' },
    hosts: { type: 'string', default: '' },
  },
})
const [command = '', ...chosen] = positionals
const names = chosen.length > 0 ? chosen.map(serviceNamed) : serviceNames
const places = new Places({
  folder: resolve(values.folder),
  portBase: Number(values['port-base']),
  hosts: hostsIn(values.hosts),
})
const cluster = new Cluster({
  places,
  artifacts: new Artifacts(
    join(projectFolder, 'cluster', 'artifacts'),
    join(projectFolder, 'dist', 'classpaths'),
  ),
  report: (service, news) => console.log(`${service.padEnd(9)} ${news}`),
})

const commands: Readonly<Record<string, () => Promise<void>>> = {
  up: () => cluster.up(names),
  watch,
  status: async () => show(await cluster.status(names)),
  down: () => cluster.down(names),
  wipe: () => cluster.wipe(),
  download: () => cluster.download(names),
}

try {
  const run = commands[command]
  if (run) await run()
  else {
    console.error(usage)
    process.exitCode = 2
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** Runs until it is told to end, and takes the services with it. */
async function watch(): Promise<void> {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort())
  for (let turn = 0; !abort.signal.aborted; turn++) {
    if (turn % probeEveryTurns === 0 || !(await cluster.allRun(names))) {
      await cluster.up(names).catch(error => console.error(String(error)))
    }
    await sleep(watchEveryMs, undefined, { signal: abort.signal }).catch(() => {})
  }
  await cluster.down(names)
}

function show(states: readonly ServiceState[]): void {
  for (const { name, state, pid, memoryBytes = 0, address, problem } of states) {
    const running = pid ? `pid ${pid}, ${Math.round(memoryBytes / 2 ** 20)} MB` : ''
    console.log(
      [name.padEnd(9), state.padEnd(8), running.padEnd(20), address, problem ?? ''].join(' '),
    )
  }
  const total = states.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0)
  console.log(`${Math.round(total / 2 ** 20)} MB in all; logs are in ${places.path('logs')}`)
  if (states.some(({ state }) => state !== 'serving')) process.exitCode = 1
}

function serviceNamed(text: string): ServiceName {
  const name = serviceNames.find(known => known === text)
  if (name) return name
  console.error(`There is no service ${text}: choose among ${serviceNames.join(', ')}.`)
  process.exit(2)
}

function hostsIn(text: string): Map<ServiceName, string> {
  const pairs = text.split(',').filter(pair => pair !== '')
  return new Map(
    pairs.map(pair => {
      const [name = '', host = ''] = pair.split('=')
      return [serviceNamed(name), host]
    }),
  )
}
