import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { demoStreams, runDemo } from '../sample-data/demo.ts'
import { buildApp } from './app.ts'
import { Failure, isFailure, messageOf } from './base/failure.ts'
import type { Log } from './base/log.ts'
import { inTime, onStopSignals } from './base/stop-signals.ts'
import { compose, type Millrace } from './compose.ts'
import { type Config, readConfig } from './config.ts'
import { ProgressLine } from './progress-line.ts'
import { makeSampleViews } from './sample-views.ts'

/** The project's folder, from `dist/backend`. */
const projectFolder = join(import.meta.dirname, '..', '..')
/** Those who start and stop programs wait ten seconds, and not always that. */
const stopMsMax = 4_000

async function main(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2))
  const log = pino({ level: config.MILLRACE_LOG_LEVEL }, pino.destination(2))
  const millrace = await compose(config, log)
  const app = await buildApp(millrace, { config, log, projectFolder })
  const demo = demoOf(millrace, config, log)
  stopOnSignals(async () => {
    await demo.stop()
    await app.close()
    await millrace.close()
  })
  await millrace.start()
  await listen(app, config)
  const { port } = app.server.address() as AddressInfo
  say(`Millrace is at http://${hostName(config.MILLRACE_HOST)}:${port}`)
  await demo.run()
}

/** The made-up shop, if it is wanted and its streams are there. */
function demoOf(millrace: Millrace, config: Config, log: Log) {
  const { eventLog, definitions, clock } = millrace
  const planFile = join(config.MILLRACE_HOME, 'demo.json')
  const abort = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const known = definitions.map(({ stream }) => stream)
  const { MILLRACE_DEMO: demo, MILLRACE_PROFILE: profile } = config
  const isAsked = demo === 'on' || (demo === 'auto' && profile === 'embedded')
  const isWanted = isAsked && demoStreams.every(name => known.includes(name))
  const count = config.MILLRACE_DEMO_HISTORY
  return {
    async run() {
      if (!isWanted) return
      if (!existsSync(planFile)) await makeSampleViews(millrace, config.MILLRACE_NOTEBOOKS, log)
      const progress = new ProgressLine('Making two weeks of history', count)
      running = runDemo(
        {
          append: (stream, records, producer) => eventLog.append(stream, records, { producer }),
          clock,
          planFile,
        },
        {
          historyCount: count,
          ratePerSecond: config.MILLRACE_DEMO_RATE,
          onHistory: done => {
            progress.show(done)
            if (done >= count) progress.end()
          },
        },
        abort.signal,
      )
      await running
    },
    async stop() {
      abort.abort()
      await running.catch(() => {})
    },
  }
}

async function listen(app: FastifyInstance, config: Config): Promise<void> {
  const { MILLRACE_HOST: host, MILLRACE_PORT: port } = config
  try {
    await app.listen({ host, port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Failure('port-in-use', `Port ${port} of ${host} is in use by another program.`, {
      hint: `Stop that program, or choose another port: MILLRACE_PORT=${port + 1} npm start`,
      cause: error,
    })
  }
}

/** Ends in order at the first signal, and at once at the second. */
function stopOnSignals(stop: () => Promise<void>): void {
  onStopSignals({
    first: () => void endInOrder(stop()).catch(fail),
    again: () => process.exit(130),
  })
}

async function endInOrder(stopped: Promise<void>): Promise<never> {
  // What does not answer now is taken from the log again at the next start.
  if (!(await inTime(stopped, stopMsMax)))
    process.stderr.write('Millrace ends without its last commit; its events are safe in the log.\n')
  process.exit(0)
}

function hostName(host: string): string {
  return host === '127.0.0.1' || host === '0.0.0.0' ? '127.0.0.1' : host
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function fail(error: unknown): never {
  const isExpected = isFailure(error)
  const hint = isExpected && error.hint !== undefined ? `\n${error.hint}` : ''
  const text = isExpected
    ? `${error.message}${hint}`
    : String((error as Error).stack ?? messageOf(error))
  process.stderr.write(`Millrace cannot go on: ${text}\n`)
  process.exit(1)
}

main().catch(fail)
