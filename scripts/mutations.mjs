import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mutations } from './mutation-table.mjs'
import { bin, projectFolder, runQuietly, Stop } from './run-command.mjs'

/*
 * node scripts/mutations.mjs [words]
 *
 * Takes each guard of the table away, or those whose names hold the words, in a copy of the sources, and runs the test
 * that is to notice it. The last line says how many were noticed; a guard that is not missed ends it with code 1.
 */

const copied = ['backend', 'bench', 'cluster', 'sample-data', 'tsconfig.json', 'package.json']

const wanted = process.argv.slice(2).join(' ')
const chosen = mutations.filter(({ guard }) => guard.includes(wanted))
const folder = mkdtempSync(join(tmpdir(), 'millrace-mutations-'))
try {
  copySources()
  const results = []
  for (const mutation of chosen) results.push(await judge(mutation))
  const noticed = results.filter(Boolean).length
  process.stdout.write(`${noticed} of ${results.length} guards are missed by their test\n`)
  process.exitCode = noticed === results.length && results.length > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function copySources() {
  for (const name of copied)
    cpSync(join(projectFolder, name), join(folder, name), { recursive: true })
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'))
}

/** The engine's process is started from what was built. */
function runsAsBuilt(file) {
  return file.startsWith('backend/query/')
}

async function buildBackend() {
  const { code, output } = await runQuietly(bin('tsc'), [
    '-p',
    join(folder, 'backend'),
    '--noCheck',
  ])
  if (code !== 0) throw new Stop(`The sources could not be built without the guard:\n${output}`)
}

/** Answers whether the test is red without the guard. */
async function judge({ guard, file, text, replacement, test }) {
  const path = join(folder, file)
  const whole = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    whole.replace(text, () => replacement),
  )
  const startedAt = performance.now()
  if (runsAsBuilt(file)) await buildBackend()
  const options = ['--root', folder, '--testTimeout', '60000', '--bail', '1']
  const { code, output } = await runQuietly(bin('vitest'), ['run', ...options, test])
  writeFileSync(path, whole)
  const isRed = code !== 0 && /Tests .*\d+ failed/.test(output)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`${isRed ? 'red  ' : 'GREEN'} ${guard} → ${test} (${seconds} s)\n`)
  if (!isRed && code !== 0) process.stdout.write(`${output}\n`)
  return isRed
}
