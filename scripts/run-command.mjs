import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const projectFolder = join(import.meta.dirname, '..')

/** Runs a command in the project's folder, its output here; resolves with its exit code. */
export function run(command, args, { env = {} } = {}) {
  const child = spawn(command, args, {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}

/** The path of a package's command. */
export function bin(name) {
  return join(projectFolder, 'node_modules', '.bin', name)
}

/** Runs one of the built programs with these arguments and ends as it does; signals go to it. */
export async function runBuilt(program, args) {
  const child = spawn(process.execPath, [join(projectFolder, 'dist', program), ...args], {
    stdio: 'inherit',
    // Node's own file and DuckDB work shares these threads; the default of four starves it.
    env: { UV_THREADPOOL_SIZE: '16', ...process.env },
  })
  // A terminal sends ^C to the whole group: the program has it already, and this one waits for its end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const code = await new Promise(resolve => child.on('exit', code => resolve(code ?? 1)))
  process.exit(code)
}
