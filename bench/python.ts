import { execFile, execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** npm runs everything in the project's folder. */
const cacheFolder = join('node_modules', '.cache')
const installMsMax = 300_000
const outputBytesMax = 2 ** 20

/** A Python of our own, with packages of PyPI in it. */
export interface Python {
  /** Runs a script that prints JSON. */
  json(script: string, args: readonly string[]): Promise<unknown>
}

/** Gets the packages the first time; undefined where there is no Python, or they cannot be had. */
export function pythonWith(...packages: readonly string[]): Python | undefined {
  const folder = join(
    cacheFolder,
    ['millrace-python', ...packages].join('-').replaceAll(/[^\w.-]+/g, '-'),
  )
  const python = resolve(folder, 'bin', 'python')
  const ready = join(folder, 'ready')
  try {
    if (!existsSync(ready)) {
      execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' })
      const install = ['-m', 'pip', 'install', '--quiet', ...packages]
      execFileSync(python, install, { stdio: 'ignore', timeout: installMsMax })
      writeFileSync(ready, '')
    }
  } catch {
    return undefined
  }
  return {
    async json(script, args) {
      // The client of Spark looks for a whole Spark otherwise, and finds none.
      const env = { ...process.env, SPARK_HOME: folder }
      const options = { env, maxBuffer: outputBytesMax }
      const { stdout } = await run(python, ['-c', script, ...args], options).catch(failed => {
        throw new Error(`Python failed:\n${failed.stderr}`)
      })
      return JSON.parse(stdout)
    },
  }
}
