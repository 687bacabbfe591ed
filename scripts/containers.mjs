import { existsSync } from 'node:fs'
import { installPackages } from './debian.mjs'

const programs = ['podman', 'debootstrap', 'docker-compose']
const packages = [...programs, 'crun', 'fuse-overlayfs']
const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin']

/** Says what building an image lacks, after Debian's packages were installed where they may be. */
export async function missingForImages() {
  if (process.getuid?.() !== 0) return 'to be run by root'
  if (missing().length > 0) await installPackages(...packages)
  return missing().length > 0 ? missing().join(', ') : undefined
}

function missing() {
  return programs.filter(program => !folders.some(folder => existsSync(`${folder}/${program}`)))
}
