import { build } from './build-steps.mjs'
import { check } from './check-steps.mjs'
import { findChromium } from './chromium.mjs'
import { missingForImages } from './containers.mjs'
import { install } from './install.mjs'
import { missingForCluster } from './java.mjs'
import { Stop } from './run-command.mjs'
import { runVitest } from './test-counts.mjs'

/*
 * npm test            runs everything
 * npm test -- unit    runs one leg: check, unit, cluster, browser or image
 *
 * The last line says what the runners counted: "N passed, N failed[, N skipped]".
 */

const nothing = { passed: 0, failed: 0, skipped: [] }

const legs = {
  async check() {
    const { passed, failed } = await check()
    return { passed: passed.length, failed: failed.length, skipped: [] }
  },
  unit: () => runVitest('unit'),
  async cluster() {
    const missing = missingForCluster()
    if (missing !== undefined) return { ...nothing, skipped: [`cluster: it needs ${missing}`] }
    return runVitest('cluster', { CHROMIUM_PATH: (await findChromium()) ?? '' })
  },
  async browser() {
    const chromium = await findChromium()
    if (chromium) return runVitest('browser', { CHROMIUM_PATH: chromium })
    return { ...nothing, skipped: ['browser: no Chromium is here, and none could be installed'] }
  },
  async image() {
    const missing = await missingForImages()
    if (missing === undefined) return runVitest('image')
    return { ...nothing, skipped: [`image: building it needs ${missing}`] }
  },
}

async function runLegs(names) {
  const results = []
  for (const name of names) {
    process.stdout.write(`\n── ${name} ──\n`)
    results.push({ name, ...(await legs[name]()) })
  }
  return results
}

/** What cannot run fails where nobody would notice that it is missing. */
function judge({ name, passed, failed, skipped }) {
  if (process.env.CI !== 'true') return { name, passed, failed, skipped }
  return { name, passed, failed: failed + skipped.length, skipped: [] }
}

function summaryOf(results) {
  const sum = key => results.reduce((total, result) => total + result[key], 0)
  const skipped = results.reduce((total, result) => total + result.skipped.length, 0)
  const counts = `${sum('passed')} passed, ${sum('failed')} failed`
  return skipped === 0 ? counts : `${counts}, ${skipped} skipped`
}

async function prepare() {
  try {
    await install()
    await build()
    return []
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    process.stderr.write(`${error.message}\n`)
    return [{ ...nothing, name: 'prepare', failed: 1 }]
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !(name in legs))
if (unknown.length > 0) {
  const known = Object.keys(legs).join(', ')
  process.stderr.write(`There is no leg ${unknown.join(', ')}: choose among ${known}.\n`)
  process.exit(2)
}
const broken = await prepare()
const names = wanted.length > 0 ? wanted : Object.keys(legs)
const found = broken.length > 0 ? broken : await runLegs(names)
const results = found.map(judge)
process.stdout.write('\n')
for (const { skipped } of found) {
  for (const reason of skipped) process.stdout.write(`skipped: ${reason}\n`)
}
for (const result of results) process.stdout.write(`${result.name}: ${summaryOf([result])}\n`)
process.stdout.write(`${summaryOf(results)}\n`)
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0
