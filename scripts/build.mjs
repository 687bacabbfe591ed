import { build } from './build-steps.mjs'
import { install } from './install.mjs'

await install()
await build()
