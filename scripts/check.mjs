import { check } from './check-steps.mjs'
import { install } from './install.mjs'
import { runScript } from './run-command.mjs'

await runScript(async () => {
  await install()
  const { failed } = await check()
  process.exitCode = failed.length === 0 ? 0 : 1
})
