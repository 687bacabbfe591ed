import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, run } from './run-command.mjs'

/** Runs one of the vitest projects; answers how many tests passed and failed, and the names of those skipped. */
export async function runVitest(project, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-report-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const code = await run(bin('vitest'), ['run', '--project', project, ...reporters], { env })
    return countsOf(JSON.parse(readFileSync(report, 'utf8')), code)
  } catch (error) {
    process.stderr.write(`${project}: the tests ended without a report: ${error.message}\n`)
    return { passed: 0, failed: 1, skipped: [] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that cannot be run fails as one test; so does a run that fails for another reason than its tests. */
export function countsOf({ testResults }, code) {
  const tests = testResults.flatMap(file => file.assertionResults)
  const failed = tests.filter(({ status }) => status === 'failed').length
  const broken = testResults.filter(isBroken).length
  const passed = tests.filter(({ status }) => status === 'passed').length
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  return {
    passed,
    failed: failed + broken === 0 && code !== 0 ? 1 : failed + broken,
    skipped: skipped.map(test => test.fullName),
  }
}

function isBroken({ status, assertionResults }) {
  return status === 'failed' && assertionResults.every(test => test.status !== 'failed')
}
