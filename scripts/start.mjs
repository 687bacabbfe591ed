import { build } from './build-steps.mjs'
import { install } from './install.mjs'
import { runBuilt, runScript } from './run-command.mjs'

await runScript(async () => {
  await install()
  await build()
  await runBuilt('backend/main.js', process.argv.slice(2))
})
