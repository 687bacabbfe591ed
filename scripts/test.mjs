import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build-steps.mjs'
import { check } from './check-steps.mjs'
import { findChromium } from './chromium.mjs'
import { install } from './install.mjs'
import { bin, run } from './run-command.mjs'

/*
 * npm test            runs everything
 * npm test -- unit    runs one leg: check, unit or browser
 *
 * The last line counts what the runners counted: "N passed, N failed[, N skipped]".
 */

const legs = {
  async check() {
    const { passed, failed } = await check()
    return { passed: passed.length, failed: failed.length, skipped: [] }
  },
  unit: () => vitest('unit'),
  async browser() {
    const chromium = await findChromium()
    if (!chromium)
      return { passed: 0, failed: 0, skipped: ['browser: no Chromium, and no way to install one'] }
    return vitest('browser', { CHROMIUM_PATH: chromium })
  },
}

async function vitest(project, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-report-'))
  const report = join(folder, 'report.json')
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  try {
    const code = await run(bin('vitest'), args, { env })
    return countsOf(JSON.parse(readFileSync(report, 'utf8')), code)
  } catch (error) {
    process.stderr.write(`${project}: the tests ended without a report: ${error.message}\n`)
    return { passed: 0, failed: 1, skipped: [] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that cannot be run fails as one test; so does a run that fails for another reason than its tests. */
function countsOf(report, code) {
  const tests = report.testResults.flatMap(file => file.assertionResults)
  const broken = report.testResults.filter(
    file =>
      file.status === 'failed' && file.assertionResults.every(test => test.status !== 'failed'),
  )
  const failed = tests.filter(test => test.status === 'failed').length + broken.length
  const skipped = tests.filter(
    test => test.status === 'pending' || test.status === 'skipped' || test.status === 'todo',
  )
  return {
    passed: tests.filter(test => test.status === 'passed').length,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: skipped.map(test => test.fullName),
  }
}

await install()
await build()
const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !(name in legs))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no leg ${unknown.join(', ')}: choose among ${Object.keys(legs).join(', ')}.\n`,
  )
  process.exit(2)
}
const total = { passed: 0, failed: 0, skipped: [] }
for (const name of wanted.length > 0 ? wanted : Object.keys(legs)) {
  process.stdout.write(`\n── ${name} ──\n`)
  const { passed, failed, skipped } = await legs[name]()
  total.passed += passed
  total.failed += failed
  total.skipped.push(...skipped)
}
for (const reason of total.skipped) process.stdout.write(`skipped: ${reason}\n`)
if (process.env.CI === 'true') total.failed += total.skipped.length
const skippedPart = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : ''
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skippedPart}\n`)
process.exitCode = total.failed === 0 ? 0 : 1
