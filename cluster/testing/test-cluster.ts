import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type ClusterAddresses, Places } from '../places.ts'
import { type ComposedServer, composedServers } from './compose-file.ts'

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterAddresses
  }
}

const testPortBase = 19_100
const projectFolder = join(import.meta.dirname, '..', '..')
const program = join(projectFolder, 'dist', 'cluster', 'main.js')
const startMsMax = 300_000

/**
 * Starts a cluster for the tests with the commands of `compose.yaml`, and removes it after them. With
 * MILLRACE_TEST_CLUSTER=19000 they use the one that runs at these ports: quicker, when they run again and again.
 */
export default async function testCluster(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.MILLRACE_TEST_CLUSTER
  if (running !== undefined) {
    project.provide('cluster', new Places({ folder: '', portBase: Number(running) }).addresses)
    return async () => {}
  }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-cluster-'))
  const composed = new ComposedCluster(folder)
  const stop = async () => {
    await composed.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await composed.start(await composedServers(projectFolder))
  } catch (error) {
    await stop()
    throw error
  }
  project.provide('cluster', new Places({ folder, portBase: testPortBase }).addresses)
  return stop
}

/** Does what a container engine does with `compose.yaml`, with processes instead of containers. */
class ComposedCluster {
  readonly #folder: string
  readonly #children = new Map<string, ChildProcess>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async start(servers: readonly ComposedServer[]): Promise<void> {
    const started = new Map<string, Promise<void>>()
    const start = (server: ComposedServer): Promise<void> => {
      const known = started.get(server.name)
      if (known) return known
      const needed = servers.filter(({ name }) => server.needs.includes(name)).map(start)
      const starting = Promise.all(needed).then(() => this.#start(server))
      started.set(server.name, starting)
      return starting
    }
    await Promise.all(servers.map(start))
  }

  /** @throws Error when a server does not end in order */
  async stop(): Promise<void> {
    for (const [name, child] of [...this.#children].toReversed()) {
      if (child.exitCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = await ended
      if (code !== 0) throw new Error(`${name} ended with ${code}`)
    }
  }

  async #start({ name, command, health }: ComposedServer): Promise<void> {
    const child = this.#run(command)
    this.#children.set(name, child)
    await serves(name, child)
    const [code] = await once(this.#run(health), 'exit')
    if (code !== 0) throw new Error(`${name} serves, and its health check says otherwise`)
  }

  #run(args: readonly string[]): ChildProcess {
    const own = args.map(arg =>
      arg.replaceAll(/=\w+/g, '=127.0.0.1').replace('/data', this.#folder),
    )
    const places = ['--folder', this.#folder, '--port-base', String(testPortBase)]
    return spawn(process.execPath, [program, ...places, ...own], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
}

/** Resolves when its program says that it serves. */
function serves(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${name} does not serve after ${startMsMax / 1000} s`)),
      startMsMax,
    )
    child.once('exit', code => reject(new Error(`${name} ended with ${code}`)))
    child.stdout?.on('data', (part: Buffer) => {
      const text = String(part)
      process.stdout.write(text)
      if (!text.includes('serves at')) return
      clearTimeout(late)
      resolve()
    })
  })
}
