import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import type { Artifacts } from './artifacts.ts'
import { hbase, rest } from './hbase.ts'
import { datanode, namenode } from './hdfs.ts'
import { kafka } from './kafka.ts'
import { type Places, type ServiceName, serviceNames } from './places.ts'
import { ServerProcess } from './server-process.ts'
import type { JavaCommand, Service } from './service.ts'
import { spark } from './spark.ts'

export interface ServiceState {
  readonly name: ServiceName
  readonly address: string
  /** `deaf`: its process runs, and does not do what a client asks. */
  readonly state: 'serving' | 'deaf' | 'down'
  readonly pid?: number
  readonly memoryBytes?: number
  readonly problem?: string
}

export interface ClusterParts {
  readonly places: Places
  readonly artifacts: Artifacts
  /** Is told what goes on, a line at a time. */
  report(service: ServiceName, news: string): void
}

const stopMsMax = 10_000
/** How long a server that runs may be deaf before it is started anew. */
const deafMsMax = 20_000
const reportEveryMs = 10_000

/** The servers of one cluster on this machine. */
export class Cluster {
  readonly #parts: ClusterParts
  readonly #services: ReadonlyMap<ServiceName, Service>

  constructor(parts: ClusterParts) {
    this.#parts = parts
    const { places } = parts
    const all = [kafka, namenode, datanode, hbase, rest, spark].map(make => make(places))
    this.#services = new Map(all.map(service => [service.name, service]))
  }

  /** Starts what is not serving, each server after those it needs; resolves when all serve. */
  async up(names: readonly ServiceName[] = serviceNames): Promise<void> {
    const started = new Map<ServiceName, Promise<void>>()
    const start = (name: ServiceName): Promise<void> => {
      const known = started.get(name)
      if (known) return known
      const service = this.#service(name)
      const needed = service.needs.filter(need => names.includes(need)).map(start)
      const starting = Promise.all(needed).then(() => this.#start(service))
      started.set(name, starting)
      return starting
    }
    const outcomes = await Promise.allSettled(names.map(start))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async status(names: readonly ServiceName[] = serviceNames): Promise<ServiceState[]> {
    return Promise.all(names.map(name => this.#state(this.#service(name))))
  }

  /** Gets the programs of services. */
  async download(names: readonly ServiceName[] = serviceNames): Promise<void> {
    for (const name of names) await this.#classPath(this.#service(name))
  }

  /** Whether their processes are there, whatever those do. */
  async allRun(names: readonly ServiceName[]): Promise<boolean> {
    const running = await Promise.all(names.map(name => this.#process(name).running()))
    return running.every(found => found !== undefined)
  }

  /** Stops servers, each before those it needs. */
  async down(names: readonly ServiceName[] = serviceNames): Promise<void> {
    for (const name of serviceNames.toReversed()) {
      if (!names.includes(name)) continue
      const server = this.#process(name)
      if (await server.running()) this.#parts.report(name, 'stopping')
      await server.stop(stopMsMax)
    }
  }

  /** Stops everything and removes all that was stored. */
  async wipe(): Promise<void> {
    await this.down()
    for (const part of ['data', 'conf', 'logs', 'run']) {
      await rm(this.#parts.places.path(part), { recursive: true, force: true })
    }
  }

  async #start(service: Service): Promise<void> {
    const { name } = service
    const { places, report } = this.#parts
    const server = this.#process(name)
    if (await server.running()) {
      if (await this.#serves(service, deafMsMax)) return
      report(name, 'does not serve: starting it anew')
      await server.stop(stopMsMax)
    }
    for (const part of ['conf', 'data', 'logs', 'run']) {
      await mkdir(places.path(part), { recursive: true })
    }
    const classPath = await this.#classPath(service)
    await service.prepare(command => this.#runJava(command, classPath))
    const startedAt = Date.now()
    report(name, 'starting')
    server.start({
      command: 'java',
      args: [`-Dmillrace.cluster=${this.#mark(name)}`, ...javaArgs(service.command(), classPath)],
      cwd: places.folder,
      env: { ...process.env, SPARK_LOCAL_IP: places.host('spark'), TZ: 'UTC' },
      logFile: places.logFile(name),
    })
    const serves =
      (await this.#serves(service, service.startMsMax, report)) ||
      (await this.#servesOnceWell(service))
    if (!serves) throw await this.#startFailure(service)
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
    report(name, `serves at ${service.address} after ${seconds} s`)
  }

  /** Where the server that it speaks for is one of these as well, that is started anew, and this one probed again. */
  async #servesOnceWell(service: Service): Promise<boolean> {
    const { name, speaksFor, startMsMax } = service
    if (speaksFor === undefined || !(await this.allRun([name, speaksFor]))) return false
    const { report } = this.#parts
    report(speaksFor, `does not serve, as ${name} says: starting it anew`)
    await this.#process(speaksFor).stop(stopMsMax)
    await this.#start(this.#service(speaksFor))
    return this.#serves(service, startMsMax, report)
  }

  /** Probes until it serves, its process ends, or the time is over. */
  async #serves(
    service: Service,
    waitMsMax: number,
    report: ClusterParts['report'] = () => {},
  ): Promise<boolean> {
    const startedAt = Date.now()
    const deadline = startedAt + waitMsMax
    let reportAt = startedAt + reportEveryMs
    const server = this.#process(service.name)
    while (Date.now() < deadline) {
      if ((await server.running()) === undefined) return false
      const problem = await problemOf(service)
      if (problem === undefined) return true
      if (Date.now() >= reportAt) {
        report(
          service.name,
          `not yet after ${Math.round((Date.now() - startedAt) / 1000)} s: ${problem}`,
        )
        reportAt += reportEveryMs
      }
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    return false
  }

  async #state(service: Service): Promise<ServiceState> {
    const { name, address } = service
    const running = await this.#process(name).running()
    if (running === undefined) return { name, address, state: 'down' }
    const problem = await problemOf(service)
    const known = { name, address, ...running }
    return problem === undefined
      ? { ...known, state: 'serving' }
      : { ...known, state: 'deaf', problem }
  }

  async #startFailure(service: Service): Promise<Error> {
    const file = this.#parts.places.logFile(service.name)
    const log = await readFile(file, 'utf8').catch(() => '')
    const isRunning = (await this.#process(service.name).running()) !== undefined
    const seconds = service.startMsMax / 1000
    const problem = (await problemOf(service)) ?? 'it has only just begun to'
    const what = isRunning ? `did not serve within ${seconds} s: ${problem}` : 'ended'
    const end = log.trimEnd().split('\n').slice(-15).join('\n')
    return new Error(`${service.name} ${what}. The end of ${file}:\n${end}`)
  }

  #classPath(service: Service): Promise<string> {
    const { artifacts, report } = this.#parts
    let shown = 0
    return artifacts.classPath(service.artifacts, files => {
      if (files < shown + 10) return
      shown = files
      report(service.name, `downloading its programs: ${files} files so far`)
    })
  }

  async #runJava(command: JavaCommand, classPath: string): Promise<void> {
    const child = spawn('java', javaArgs(command, classPath), {
      cwd: this.#parts.places.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (part: Buffer): void => {
      output = (output + part).slice(-4_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', () =>
        reject(new Error('Java is needed: install a JDK, so that java runs.')),
      )
      child.on('close', resolve)
    })
    if (code !== 0) throw new Error(`${command.main} failed:\n${output}`)
  }

  #process(name: ServiceName): ServerProcess {
    const file = this.#parts.places.path('run', `${name}.pid`)
    return new ServerProcess(file, `-Dmillrace.cluster=${this.#mark(name)}`)
  }

  #mark(name: ServiceName): string {
    return `${this.#parts.places.folder}#${name}#`
  }

  #service(name: ServiceName): Service {
    const service = this.#services.get(name)
    if (service === undefined) throw new Error(`there is a service ${name}`)
    return service
  }
}

function javaArgs(command: JavaCommand, classPath: string): string[] {
  const path = [...command.classFolders, classPath].join(':')
  return [...command.machine, '-cp', path, command.main, ...command.args]
}

async function problemOf(service: Service): Promise<string | undefined> {
  try {
    await service.probe()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
