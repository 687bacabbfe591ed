import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { processArguments, processEnvironment } from '../backend/base/process-environment.ts'

const projectFolder = join(import.meta.dirname, '..', '..')
const errorsLengthMax = 20_000

/** The built program in a process of its own, from its first instant on. */
export class LaunchedMillrace {
  readonly #child: ChildProcess
  readonly #serving: Promise<string>
  readonly #ended: Promise<void>
  #errors = ''

  /** @param place apart: signals of the terminal do not reach it, and its standard error is kept in `errors` */
  constructor(settings: Readonly<Record<string, string>>, place: 'beside' | 'apart') {
    const program = join(projectFolder, 'dist', 'backend', 'main.js')
    this.#child = spawn(process.execPath, [...processArguments, program], {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', place === 'beside' ? 'inherit' : 'pipe'],
      detached: place === 'apart',
      env: { ...process.env, ...processEnvironment, MILLRACE_PORT: '0', ...settings },
    })
    const kill = (): void => this.signal('SIGKILL')
    process.once('exit', kill)
    this.#child.once('exit', () => process.off('exit', kill))
    this.#ended = once(this.#child, 'exit').then(() => {})
    this.#child.stderr?.on('data', part => {
      this.#errors = (this.#errors + part).slice(-errorsLengthMax)
    })
    this.#serving = this.#address()
    this.#serving.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The end of what it has written to the standard error. */
  get errors(): string {
    return this.#errors
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Its address, once it answers. */
  serving(): Promise<string> {
    return this.#serving
  }

  /** Its exit code, once it has ended by itself; null when a signal was its end. */
  async ended(): Promise<number | null> {
    await this.#ended
    return this.#child.exitCode
  }

  async end(how: NodeJS.Signals): Promise<void> {
    if (this.isRunning) this.#child.kill(how)
    await this.#ended
  }

  signal(how: NodeJS.Signals): void {
    this.#child.kill(how)
  }

  #address(): Promise<string> {
    let output = ''
    return new Promise((resolve, reject) => {
      this.#child.once('exit', () =>
        reject(new Error(`Millrace ended at its start\n${this.#errors}`)),
      )
      this.#child.stdout?.on('data', part => {
        output += part
        const [, address] = /Millrace is at (\S+)/.exec(output) ?? []
        if (address) resolve(address)
      })
    })
  }
}
