import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactSet } from './service.ts'

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'

/** Finds Maven artifacts, and downloads those that are not on this machine yet. */
export class Artifacts {
  readonly #definitions: string
  readonly #cache: string

  /**
   * @param definitions the folder of Maven projects, one a set
   * @param cache where class paths that were found are remembered
   */
  constructor(definitions: string, cache: string) {
    this.#definitions = definitions
    this.#cache = cache
  }

  /**
   * The class path of a set.
   * @param onDownload is told the number of files that have come so far
   */
  async classPath(set: ArtifactSet, onDownload: (files: number) => void): Promise<string> {
    const definition = join(this.#definitions, `${set}.xml`)
    const hash = createHash('sha256')
      .update(await readFile(definition))
      .digest('hex')
      .slice(0, 12)
    const file = join(this.#cache, `${set}-${hash}.classpath`)
    const known = await readKnown(file)
    if (known !== undefined) return known
    await mkdir(this.#cache, { recursive: true })
    await runMaven(definition, `${file}.new`, onDownload)
    await rename(`${file}.new`, file)
    return (await readFile(file, 'utf8')).trim()
  }
}

/** What was found before, as long as all of it is still there. */
async function readKnown(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined
  const classPath = (await readFile(file, 'utf8')).trim()
  return classPath.split(':').every(jar => existsSync(jar)) ? classPath : undefined
}

function runMaven(
  definition: string,
  outputFile: string,
  onDownload: (files: number) => void,
): Promise<void> {
  const goal = [`${plugin}:build-classpath`, `-Dmdep.outputFile=${outputFile}`]
  const child = spawn('mvn', ['--batch-mode', '--file', definition, ...goal], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let files = 0
  let output = ''
  const listen = (part: Buffer): void => {
    const text = String(part)
    output = (output + text).slice(-4_000)
    files += text.match(/Downloaded from/g)?.length ?? 0
    onDownload(files)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  return new Promise((resolve, reject) => {
    child.on('error', () => reject(new Error('Maven is needed: install it, so that mvn runs.')))
    child.on('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`Maven could not get the artifacts of ${definition}:\n${output}`))
    })
  })
}
