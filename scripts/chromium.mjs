import { existsSync } from 'node:fs'
import { installPackages } from './debian.mjs'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Finds a Chromium, and installs Debian's where it may; answers its path, or undefined. */
export async function findChromium() {
  const found = [process.env.CHROMIUM_PATH, ...places].find(path => path && existsSync(path))
  if (found) return found
  await installPackages('chromium')
  return places.find(path => existsSync(path))
}
