import { existsSync } from 'node:fs'
import { run } from './run-command.mjs'

/** Installs packages of Debian, where that is what runs here and it may. */
export async function installPackages(...packages) {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return
  process.stdout.write(`Installing ${packages.join(', ')} …\n`)
  const quietly = { env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['-qq', 'update'], quietly)
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...packages], quietly)
}
