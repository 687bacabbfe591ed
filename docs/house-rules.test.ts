import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const projectFolder = join(import.meta.dirname, '..')
const linesMax = 400
const mostlyLinesMax = 200

/** Everything that is, or is about to be, in the repository. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: projectFolder,
  encoding: 'utf8',
})
  .split('\n')
  .filter(path => path !== '' && existsSync(join(projectFolder, path)))
const code = files.filter(path => /\.(ts|tsx|mjs|css)$/.test(path))
const texts = files.filter(path => /\.(ts|tsx|mjs|css|html|json|md|sh)$/.test(path))

function textOf(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8')
}

function linesOf(path: string): number {
  return textOf(path).split('\n').length - 1
}

test('no file is longer than 400 lines, and nine in ten stay under 200', () => {
  const tooLong = code.filter(path => linesOf(path) > linesMax)
  const long = code.filter(path => linesOf(path) >= mostlyLinesMax)
  expect(tooLong).toEqual([])
  expect(long.length / code.length).toBeLessThanOrEqual(0.1)
})

test('files are named in kebab-case', () => {
  const wrong = code.filter(path => !/^\.?[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(path)))
  expect(wrong).toEqual([])
})

test('no file is named for what holds anything', () => {
  const vague = /(^|[-.])(utils?|helpers?|types|managers?|impl|common|misc|index)\.(ts|tsx|mjs)$/
  expect(code.filter(path => vague.test(basename(path)))).toEqual([])
})

test('no file only passes on what others export', () => {
  const barrels = code.filter(path => /^(\s*export [^=]*? from '[^']*'\s*)+$/.test(textOf(path)))
  expect(barrels).toEqual([])
})

test('nothing is left for later', () => {
  const later = /\b(TO[D]O|FIX[M]E|X[X]X)\b/
  expect(texts.filter(path => later.test(textOf(path)))).toEqual([])
})

test('no file knows the machine that it was written on', () => {
  const ofMachine = /(?<![\w.~-])\/(home|root|Users|work|mnt)\/\w/
  expect(texts.filter(path => ofMachine.test(textOf(path)))).toEqual([])
})

test('links between pages lead somewhere', () => {
  const dead = files
    .filter(path => path.endsWith('.md'))
    .flatMap(path => linksOf(path).map(link => ({ path, link })))
    .filter(({ path, link }) => !existsSync(join(projectFolder, dirname(path), link)))
  expect(dead).toEqual([])
})

function linksOf(path: string): string[] {
  const links = [...textOf(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => link)
  return links.filter(link => !/^[a-z]+:/.test(link) && !link.startsWith('/'))
}

interface LockedPackage {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const locked = Object.entries(
  (JSON.parse(textOf('package-lock.json')) as { packages: Record<string, LockedPackage> }).packages,
)

test('the lock file names packages, and nobody’s registry', () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})

test('the lock file names the packages of every platform', () => {
  const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')))
  const optional = locked.flatMap(([, each]) => Object.keys(each.optionalDependencies ?? {}))
  expect(optional.filter(name => !names.has(name))).toEqual([])
})
