import { build } from './build-steps.mjs'
import { install } from './install.mjs'
import { runBuilt, runScript } from './run-command.mjs'

// node scripts/run.mjs <program below dist> [arguments]
const [program, ...args] = process.argv.slice(2)

await runScript(async () => {
  await install()
  await build()
  await runBuilt(program, args)
})
