import { build } from './build-steps.mjs'
import { install } from './install.mjs'
import { runScript } from './run-command.mjs'

await runScript(async () => {
  await install()
  await build()
})
