import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LaunchedMillrace } from '../launched-millrace.ts'
import { Wrong } from './wrong.ts'

export const stopMsMax = 5_000
const engineEndMsMax = 5_000

/** One Millrace through all its lives: at one address, with one folder. */
export class Member {
  readonly name: string
  readonly url: string
  readonly settings: Readonly<Record<string, string>>
  #current: LaunchedMillrace
  #isPaused = false

  private constructor(name: string, port: number, settings: Readonly<Record<string, string>>) {
    this.name = name
    this.url = `http://127.0.0.1:${port}`
    this.settings = { ...settings, MILLRACE_PORT: String(port) }
    this.#current = new LaunchedMillrace(this.settings, 'apart')
  }

  static async launch(name: string, settings: Readonly<Record<string, string>>): Promise<Member> {
    return new Member(name, await freePort(), settings)
  }

  get pid(): number {
    return this.#current.pid
  }

  get errors(): string {
    return this.#current.errors
  }

  /** Begins its next life. */
  launchAgain(): void {
    this.#current = new LaunchedMillrace(this.settings, 'apart')
  }

  async serving(): Promise<void> {
    await this.#current.serving()
  }

  /** Whether it is stopped in the middle of what it does. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  pause(): void {
    this.#signal('SIGSTOP')
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#signal('SIGCONT')
  }

  /** Kills it with -9; the process of its engine has to notice. */
  async kill(): Promise<void> {
    const engines = await childrenOf(this.pid)
    if (!this.#current.isRunning)
      throw new Wrong(`${this.name} has ended by itself:\n${this.errors}`)
    await this.#current.end('SIGKILL')
    const deadline = Date.now() + engineEndMsMax
    for (const engine of engines) {
      while (await isAlive(engine)) {
        if (Date.now() > deadline)
          throw new Wrong(`The engine ${engine} lives on without its Millrace.`)
        await sleep(20)
      }
    }
  }

  /** Kills the process that runs statements. */
  async killEngine(): Promise<void> {
    for (const engine of await childrenOf(this.pid)) process.kill(engine, 'SIGKILL')
  }

  /** Ends it in order; answers how long that took. */
  async stop(): Promise<number> {
    const startedAt = performance.now()
    const late = setTimeout(() => this.#current.signal('SIGKILL'), 2 * stopMsMax)
    this.#signal('SIGTERM')
    const code = await this.#current.ended()
    clearTimeout(late)
    const tookMs = performance.now() - startedAt
    if (code !== 0 || tookMs > stopMsMax) {
      throw new Wrong(
        `${this.name} ended with ${code} ${seconds(tookMs)} s after SIGTERM.\n${this.errors}`,
      )
    }
    return tookMs
  }

  /** Whatever state it is in. */
  async end(): Promise<void> {
    await this.#current.end('SIGKILL')
  }

  #signal(how: NodeJS.Signals): void {
    if (!this.#current.isRunning)
      throw new Wrong(`${this.name} has ended by itself:\n${this.errors}`)
    this.#current.signal(how)
  }
}

/** One decimal is enough. */
export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text
    .split(' ')
    .map(Number)
    .filter(child => child > 0)
}

/** Megabytes that it and its engine hold in memory. */
export async function memoryOf({ pid }: Member): Promise<{ own: number; engine: number }> {
  const [engine] = await childrenOf(pid)
  return { own: await residentMegabytes(pid), engine: await residentMegabytes(engine ?? 0) }
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(status) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return status !== undefined && !/\) Z /.test(status)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
