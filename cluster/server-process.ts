import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** What a running server says of itself. */
export interface RunningServer {
  readonly pid: number
  readonly memoryBytes: number
}

export interface ServerStart {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logFile: string
}

/** A server that outlives the command that started it, remembered by a file with its process id. */
export class ServerProcess {
  readonly #file: string
  /** Stands among the arguments of the process, so that no other one is taken for it. */
  readonly #mark: string

  constructor(file: string, mark: string) {
    this.#file = file
    this.#mark = mark
  }

  start({ command, args, cwd, env, logFile }: ServerStart): void {
    const log = openSync(logFile, 'a')
    try {
      const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] })
      child.on('error', () => {})
      child.unref()
      writeFileSync(this.#file, String(child.pid ?? ''))
    } finally {
      closeSync(log)
    }
  }

  async running(): Promise<RunningServer | undefined> {
    const pid = this.#pid()
    if (pid === undefined) return undefined
    try {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8')
      if (!line.includes(this.#mark)) return undefined
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(status) ?? []
      return { pid, memoryBytes: Number(kilobytes) * 1024 }
    } catch {
      return undefined
    }
  }

  /** Asks it to end, and makes it after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs
    let signal: NodeJS.Signals | undefined = 'SIGTERM'
    for (;;) {
      const running = await this.running()
      if (running === undefined) break
      if (signal !== undefined) process.kill(running.pid, signal)
      signal = Date.now() > deadline ? 'SIGKILL' : undefined
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    rmSync(this.#file, { force: true })
  }

  #pid(): number | undefined {
    try {
      return Number(readFileSync(this.#file, 'utf8')) || undefined
    } catch {
      return undefined
    }
  }
}
