import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder, run, Stop } from './run-command.mjs'

const nodeMin = [20, 19]
const stampFile = join(projectFolder, 'node_modules', '.millrace-installed')

/** Installs the packages unless those of the lock file are there already. */
export async function install() {
  checkNode()
  const stamp = stampOf()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  process.stdout.write('Installing packages, which takes about a minute …\n')
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) {
    throw new Stop('The packages could not be installed: see above. Can npm reach its registry?')
  }
  writeFileSync(stampFile, stamp)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return
  throw new Stop(`Millrace needs Node ${nodeMin.join('.')} or newer; this is ${process.version}.`)
}

function stampOf() {
  const lock = readFileSync(join(projectFolder, 'package-lock.json'))
  const platform = `${process.platform} ${process.arch} ${process.versions.modules}`
  return createHash('sha256').update(lock).update(platform).digest('hex')
}
