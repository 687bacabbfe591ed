import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFailed } from 'vitest'

const projectFolder = join(import.meta.dirname, '..', '..')
const program = join(projectFolder, 'dist', 'backend', 'main.js')
const startMsMax = 60_000
const stopMsMax = 20_000
const logCharactersMax = 20_000

/** A Millrace of a test's own: a process, its address, and a folder with its data and notebooks. */
export interface RunningMillrace {
  readonly url: string
  /** `home/` and `notebooks/` of this Millrace. */
  readonly folder: string
  /** Shows what it has written, should the test that runs now fail. */
  explainFailure(): void
  /** Ends it in order, or at once, and leaves its folder. */
  end(how?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Ends it, and removes its folder unless it was given. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Whether the made-up shop runs. */
  readonly demo: 'on' | 'off'
  /** Of a Millrace that has ended, to go on with its data. */
  readonly folder?: string
  /** Further settings by name, such as the port of one that has ended. */
  readonly settings?: Readonly<Record<`MILLRACE_${string}`, string>>
}

/**
 * Starts the built program with the sample notebooks, and waits until it answers.
 * @throws with the program's log when it ends, or does not answer within a minute
 */
export async function startMillrace(options: StartOptions): Promise<RunningMillrace> {
  const folder = options.folder ?? (await newFolder())
  const child = spawn(process.execPath, [program], {
    cwd: projectFolder,
    env: { ...environment(), ...settingsOf(folder, options) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithTests(child)
  const log = keepLog(child)
  const end = (how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => endProcess(child, how)
  try {
    const url = await addressOf(child, log)
    return {
      url,
      folder,
      explainFailure() {
        onTestFailed(() => {
          process.stderr.write(`Millrace wrote:\n${log()}\n`)
        })
      },
      end,
      async close() {
        await end()
        if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}

/** When the tests are killed nobody ends what they have started. */
function endWithTests(child: ChildProcess): void {
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  process.once('disconnect', kill)
  child.once('exit', () => {
    process.off('exit', kill)
    process.off('disconnect', kill)
  })
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-browser-'))
  await cp(join(projectFolder, 'notebooks'), join(folder, 'notebooks'), { recursive: true })
  return folder
}

/** The environment without the settings of whoever runs the tests. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'))
  return Object.fromEntries(entries)
}

function settingsOf(folder: string, { demo, settings }: StartOptions): Record<string, string> {
  return {
    UV_THREADPOOL_SIZE: '16',
    MILLRACE_PORT: '0',
    MILLRACE_HOME: join(folder, 'home'),
    MILLRACE_NOTEBOOKS: join(folder, 'notebooks'),
    MILLRACE_LAKE_CACHE: join(folder, 'lake-cache'),
    MILLRACE_DEMO: demo,
    MILLRACE_DEMO_HISTORY: '20000',
    MILLRACE_QUERY_MEMORY_GB: '1',
    ...settings,
  }
}

function keepLog(child: ChildProcess): () => string {
  let text = ''
  const add = (part: Buffer): void => {
    text = `${text}${part}`.slice(-logCharactersMax)
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  return () => text
}

async function addressOf(child: ChildProcess, log: () => string): Promise<string> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < startMsMax) {
    if (hasEnded(child)) throw new Error(`Millrace ended at its start:\n${log()}`)
    const [, url] = /Millrace is at (http:\S+)/.exec(log()) ?? []
    if (url !== undefined && (await isWell(url))) return url
    await sleep(50)
  }
  throw new Error(`Millrace did not answer within ${startMsMax / 1000} s:\n${log()}`)
}

async function isWell(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/api/health`)
  return answer.ok && ((await answer.json()) as { status: string }).status === 'ok'
}

async function endProcess(child: ChildProcess, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill(how)
  const late = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
  await ended
  clearTimeout(late)
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
