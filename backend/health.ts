import { messageOf } from './base/failure.ts'
import { readConfig } from './config.ts'

const waitMsMax = 5_000

/** Ends with 0 when the Millrace of these settings answers, as the health check of a container does. */
const { MILLRACE_PORT: port } = readConfig(process.env)
try {
  const signal = AbortSignal.timeout(waitMsMax)
  const answer = await fetch(`http://127.0.0.1:${port}/api/health`, { signal })
  process.exitCode = answer.ok ? 0 : 1
} catch (error) {
  process.stderr.write(`Millrace does not answer: ${messageOf(error)}\n`)
  process.exitCode = 1
}
