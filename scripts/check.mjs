import { check } from './check-steps.mjs'
import { install } from './install.mjs'

await install()
const { failed } = await check()
process.exit(failed.length === 0 ? 0 : 1)
