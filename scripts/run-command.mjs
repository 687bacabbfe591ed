import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'

export const projectFolder = join(import.meta.dirname, '..')

/** What keeps a script from going on, in words for the person who started it. */
export class Stop extends Error {}

/** Runs a script's work; a Stop ends it with its message alone. */
export async function runScript(work) {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}

/** Runs a command in the project's folder, its output here; resolves with its exit code. */
export function run(command, args, { env = {} } = {}) {
  const child = spawn(command, args, {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return endOf(child)
}

/** Runs a command as `run` does, and keeps its output. */
export async function runQuietly(command, args) {
  const child = spawn(command, args, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] })
  const parts = []
  child.stdout.on('data', part => parts.push(part))
  child.stderr.on('data', part => parts.push(part))
  const code = await endOf(child)
  return { code, output: String(Buffer.concat(parts)) }
}

/** The path of a package's command. */
export function bin(name) {
  return join(projectFolder, 'node_modules', '.bin', name)
}

/** Runs the built program at a path below `dist` with these arguments and ends as it does; signals go to it. */
export async function runBuilt(path, args) {
  const { processArguments, processEnvironment } = await import(
    '../dist/backend/base/process-environment.js'
  )
  const program = join(projectFolder, 'dist', path)
  const child = spawn(process.execPath, [...processArguments, program, ...args], {
    stdio: 'inherit',
    env: { ...processEnvironment, ...process.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal))
  }
  process.exitCode = await endOf(child)
}

/** The exit code, or as a shell says it when a signal was the end. */
function endOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
}
