import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const environment = join(
  import.meta.dirname,
  '../../node_modules/.cache/millrace-python-deltalake-1.6.6',
)
const python = join(environment, 'bin', 'python')

/** Whether there is a Python to read our tables with; gets what it needs the first time. */
export function hasDeltalake(): boolean {
  try {
    if (existsSync(join(environment, 'ready'))) return true
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'ignore' })
    const pip = ['-m', 'pip', 'install', '--quiet', 'deltalake==1.6.6', 'pyarrow']
    execFileSync(python, pip, { stdio: 'ignore', timeout: 300_000 })
    execFileSync('touch', [join(environment, 'ready')])
    return true
  } catch {
    return false
  }
}

/** Runs a script that prints JSON. */
export async function runPython(script: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(python, ['-c', script, ...args])
  return JSON.parse(stdout)
}
