import { existsSync } from 'node:fs'
import { run } from './run-command.mjs'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Finds a Chromium, and installs Debian's where it may; answers its path, or undefined. */
export async function findChromium() {
  const found = [process.env.CHROMIUM_PATH, ...places].find(path => path && existsSync(path))
  if (found) return found
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return undefined
  process.stdout.write('Installing chromium …\n')
  const quietly = { env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['-qq', 'update'], quietly)
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', 'chromium'], quietly)
  return places.find(path => existsSync(path))
}
