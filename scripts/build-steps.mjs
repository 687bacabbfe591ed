import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, projectFolder, run, Stop } from './run-command.mjs'

const steps = [
  {
    name: 'backend',
    sources: ['backend', 'cluster', 'sample-data', 'bench', 'tsconfig.json', 'package-lock.json'],
    result: 'dist/backend/main.js',
    command: [bin('tsc'), ['-p', 'backend']],
  },
  {
    name: 'workbench',
    sources: ['workbench', 'backend/contract', 'backend/base', 'package-lock.json'],
    result: 'dist/workbench/index.html',
    command: [bin('vite'), ['build', 'workbench', '--logLevel', 'warn']],
  },
]

/** Builds what has changed since it was built last. */
export async function build() {
  const stale = steps.filter(step => readStamp(step) !== stampOf(step))
  if (stale.length === 0) return
  process.stdout.write(`Building ${stale.map(step => step.name).join(' and ')} …\n`)
  const codes = await Promise.all(stale.map(buildStep))
  const failed = stale.filter((_, index) => codes[index] !== 0)
  if (failed.length === 0) return
  throw new Stop(
    `The ${failed.map(step => step.name).join(' and ')} could not be built: see above.`,
  )
}

async function buildStep(step) {
  const stamp = stampOf(step)
  const code = await run(...step.command)
  if (code === 0) {
    mkdirSync(join(projectFolder, 'dist'), { recursive: true })
    writeFileSync(stampFile(step), stamp)
  }
  return code
}

function stampFile({ name }) {
  return join(projectFolder, 'dist', `.${name}-built`)
}

function readStamp(step) {
  const isThere = existsSync(stampFile(step)) && existsSync(join(projectFolder, step.result))
  return isThere ? readFileSync(stampFile(step), 'utf8') : undefined
}

/** Names, sizes and times of all sources. */
function stampOf({ sources }) {
  const hash = createHash('sha256')
  for (const source of sources) addTo(hash, source)
  return hash.digest('hex')
}

function addTo(hash, path) {
  const stat = statSync(join(projectFolder, path))
  if (!stat.isDirectory()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
  else {
    const names = readdirSync(join(projectFolder, path)).sort()
    for (const name of names) addTo(hash, `${path}/${name}`)
  }
}
