import { spawn } from 'node:child_process'
import { bin, projectFolder } from './run-command.mjs'

const rooms = ['backend', 'sample-data', 'bench', 'workbench/src']

const checks = [
  { name: 'types of the backend', command: bin('tsc'), args: ['-p', '.'] },
  { name: 'types of the workbench', command: bin('tsc'), args: ['-p', 'workbench'] },
  { name: 'format and lint', command: bin('biome'), args: ['check', '--error-on-warnings'] },
  {
    name: 'rooms and cycles',
    command: bin('depcruise'),
    args: ['--config', '.dependency-cruiser.mjs', ...rooms],
  },
  { name: 'dead code', command: bin('knip'), args: [] },
]

/** Runs all checks; shows the output of those that fail. */
export async function check() {
  const passed = []
  const failed = []
  for (const { name, command, args } of checks) {
    const startedAt = performance.now()
    const { code, output } = await runQuietly(command, args)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
    if (code !== 0) process.stdout.write(`${output}\n`)
    ;(code === 0 ? passed : failed).push(name)
  }
  return { passed, failed }
}

function runQuietly(command, args) {
  const child = spawn(command, args, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] })
  const parts = []
  child.stdout.on('data', part => parts.push(part))
  child.stderr.on('data', part => parts.push(part))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, output: String(Buffer.concat(parts)) }))
  })
}
