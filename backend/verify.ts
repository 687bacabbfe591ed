import { parseArgs } from 'node:util'
import { systemClock } from './base/clock.ts'
import { Failure, isFailure, messageOf } from './base/failure.ts'
import { MillraceApi } from './base/millrace-api.ts'
import { readConfig } from './config.ts'
import type { IngestStatus } from './contract/ingest.ts'
import type { SetAsideAnswer, Verification, VerificationReport } from './contract/verification.ts'
import { reportText } from './verify/report-text.ts'

const usage = `npm run verify [-- options]

  --stream <name>      the stream to check (all)
  --set-aside <file>   takes a file that the check finds damaged or missing out of its table, so that the rest can be read
  --url <address>      the running Millrace (http://127.0.0.1:4242)

Ends with 0 when there is nothing to find, with 1 when there is, and with 2 when it could not be checked.`

const options = {
  stream: { type: 'string' },
  'set-aside': { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const lookEveryMs = 200

async function main(): Promise<number> {
  const values = parseValues()
  if (values.help) {
    console.log(usage)
    return 0
  }
  const { MILLRACE_PORT: port } = readConfig(process.env)
  const api = new MillraceApi(values.url ?? `http://127.0.0.1:${port}`)
  const streams = values.stream ? [values.stream] : await streamsOf(api)
  const reports: VerificationReport[] = []
  for (const stream of streams) {
    const report = await check(api, stream)
    console.log(reportText(report))
    reports.push(report)
  }
  const file = values['set-aside']
  if (file !== undefined) return setAside(api, file)
  return reports.every(({ findings }) => findings.length === 0) ? 0 : 1
}

async function streamsOf(api: MillraceApi): Promise<string[]> {
  const { streams } = (await api.request('/api/ingest')) as IngestStatus
  return streams.map(({ stream }) => stream)
}

/** Has a stream checked, and shows how far that is; an interrupt cancels it. */
async function check(api: MillraceApi, stream: string): Promise<VerificationReport> {
  const path = `/api/streams/${encodeURIComponent(stream)}/verification`
  const cancel = (): void => void api.request(path, { method: 'DELETE' }).catch(() => {})
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    let verification = (await api.request(path, { method: 'POST' })) as Verification
    while (verification.state === 'waiting' || verification.state === 'running') {
      showProgress(stream, verification)
      await systemClock.sleep(lookEveryMs)
      verification = (await api.request(path)) as Verification
    }
    return reportOf(stream, verification)
  } finally {
    showLine('')
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

function reportOf(stream: string, { state, problem, report }: Verification): VerificationReport {
  if (state === 'cancelled')
    throw new Failure('query-cancelled', `The check of ${stream} was cancelled.`)
  if (problem) throw new Failure('internal', problem.detail, { hint: problem.hint })
  if (report === null) throw new Failure('internal', `The check of ${stream} left no report.`)
  return report
}

async function setAside(api: MillraceApi, file: string): Promise<number> {
  const { detail } = (await api.request('/api/lake/set-aside', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ file }),
  })) as SetAsideAnswer
  console.log(detail)
  return 0
}

function showProgress(stream: string, { progress }: Verification): void {
  const share = progress && progress.total > 0 ? progress.done / progress.total : 0
  const done = progress ? `${progress.step}, ${Math.floor(share * 100)} %` : 'waiting for its turn'
  showLine(`Checking ${stream}: ${done}`)
}

function showLine(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${text}`)
}

function parseValues() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    throw new Failure('setting', messageOf(error), { hint: 'See --help.' })
  }
}

main().then(
  code => process.exit(code),
  error => {
    const hint = isFailure(error) && error.hint ? ` ${error.hint}` : ''
    console.error(isFailure(error) ? `Not checked: ${error.message}${hint}` : error)
    process.exit(2)
  },
)
