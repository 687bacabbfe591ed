import { bin, runQuietly } from './run-command.mjs'

const code = ['backend', 'cluster', 'sample-data', 'bench', 'workbench']

/** Types are checked again only where something changed. */
function types(project) {
  const memory = `dist/.types-of-${project.replaceAll('/', '-')}`
  return [bin('tsc'), ['-p', project, '--incremental', '--tsBuildInfoFile', memory]]
}

const checks = [
  { name: 'types of the backend', command: types('tsconfig.json') },
  { name: 'types of the workbench', command: types('workbench') },
  { name: 'types of the browser tests', command: types('workbench/test') },
  { name: 'format and lint', command: [bin('biome'), ['check', '--error-on-warnings']] },
  {
    name: 'rooms and cycles',
    command: [bin('depcruise'), ['--config', '.dependency-cruiser.mjs', ...code]],
  },
  { name: 'dead code', command: [bin('knip'), []] },
]

/** More at a time than a small machine has cores only slows each of them. */
const laneCount = 2

/** Runs all checks; shows the output of those that fail. */
export async function check() {
  const results = new Map()
  const waiting = checks.values()
  const runLane = async () => {
    for (const each of waiting) results.set(each.name, await runCheck(each))
  }
  await Promise.all(Array.from({ length: laneCount }, runLane))
  const names = checks.map(({ name }) => name)
  return {
    passed: names.filter(name => results.get(name)),
    failed: names.filter(name => !results.get(name)),
  }
}

async function runCheck({ name, command }) {
  const startedAt = performance.now()
  const { code, output } = await runQuietly(...command)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
  if (code !== 0) process.stdout.write(`${output}\n`)
  return code === 0
}
