import { parseArgs } from 'node:util'
import { systemClock } from './base/clock.ts'
import { Failure, isFailure, messageOf } from './base/failure.ts'
import { onStopSignals } from './base/stop-signals.ts'
import { type Config, readConfig } from './config.ts'
import { openFile } from './produce/file-source.ts'
import { generatedSource } from './produce/generated-source.ts'
import { produce } from './produce/produce.ts'
import { newRun, RunFile, type RunState } from './produce/run-state.ts'
import type { Source, SourceValue } from './produce/source.ts'
import { StreamClient } from './produce/stream-client.ts'
import { ProgressLine } from './progress-line.ts'

const usage = `npm run produce -- --stream <name> (--file <path> | --generate <count>) [options]

  --stream <name>     the stream to append to
  --file <path>       CSV with a header, or NDJSON; .gz as well; - for NDJSON from the standard input
  --generate <count>  so many records of the made-up shop (streams events, products, users)
  --seed <number>     which shop (1)
  --rate <n|max>      events a second at most (max)
  --restart           begin anew although a run of the same source was not through
  --url <address>     the running Millrace (http://127.0.0.1:4242)

A run that was interrupted goes on where it stopped: nothing is sent twice.`

const options = {
  stream: { type: 'string' },
  file: { type: 'string' },
  generate: { type: 'string' },
  seed: { type: 'string', default: '1' },
  rate: { type: 'string', default: 'max' },
  restart: { type: 'boolean', default: false },
  url: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

const batchCountMax = 5_000
const troublesShownMax = 10

async function main(): Promise<number> {
  const values = parseValues()
  if (values.help) {
    console.log(usage)
    return 0
  }
  const { stream } = values
  if (!stream || (values.file === undefined) === (values.generate === undefined)) {
    console.error(usage)
    return 2
  }
  const config = readConfig(process.env)
  const client = new StreamClient(values.url ?? `http://127.0.0.1:${config.MILLRACE_PORT}`)
  const columns = await client.columnsOf(stream)
  const rate = rateOf(values)
  const batchCount = Math.max(1, Math.min(batchCountMax, Math.ceil(rate / 10)))
  const start = newRun(batchCount, systemClock.now())
  const sourceOf = async (run: RunState) => openSource(values, stream, columns, run)
  const { source, run, runFile } = await findRun(
    await sourceOf(start),
    start,
    sourceOf,
    config,
    values,
  )
  return send({ client, stream, source, runFile, run, rate })
}

/** Finds out whether a run of the source is to be taken up again. */
async function findRun(
  source: Source,
  start: RunState,
  sourceOf: (run: RunState) => Promise<Source>,
  config: Config,
  values: Values,
) {
  if (!source.isResumable) return { source, run: start, runFile: undefined }
  const runFile = new RunFile(config.MILLRACE_HOME, `${values.stream} ${source.identity}`)
  const stopped = values.restart ? undefined : await runFile.read()
  if (!stopped) return { source, run: start, runFile }
  console.log(
    `Going on after line ${count(stopped.line)}: ${count(stopped.accepted)} events are there already.`,
  )
  return { source: await sourceOf(stopped), run: stopped, runFile }
}

async function send(parts: {
  client: StreamClient
  stream: string
  source: Source
  runFile: RunFile | undefined
  run: RunState
  rate: number
}): Promise<number> {
  const { source, run, rate } = parts
  const abort = new AbortController()
  onStopSignals({ first: () => abort.abort(), again: () => process.exit(130) })
  const progress = new ProgressLine(`Producing ${parts.stream}`, source.total)
  const troubles: SourceValue[] = []
  const state = await produce(
    {
      ...parts,
      clock: systemClock,
      ratePerSecond: rate,
      signal: abort.signal,
      onProgress: ({ accepted, deadLetters, end }) => progress.show(accepted + deadLetters, end),
      onTrouble: value => troubles.push(value),
    },
    run,
  ).catch(error => {
    if (abort.signal.aborted) return undefined
    throw error
  })
  progress.end()
  if (!state || abort.signal.aborted) {
    console.log('Stopped. The same command goes on here.')
    return 130
  }
  report(state, troubles)
  return 0
}

function report({ accepted, deadLetters }: RunState, troubles: readonly SourceValue[]): void {
  console.log(`${counted(accepted, 'event')} accepted, ${counted(deadLetters, 'dead letter')}.`)
  for (const { line, trouble } of troubles.slice(0, troublesShownMax)) {
    console.log(`  line ${count(line)} ${trouble}`)
  }
  const more = troubles.length - troublesShownMax
  if (more > 0) console.log(`  and ${count(more)} more: SELECT * FROM dead_letters`)
}

async function openSource(
  { file, generate, seed }: Values,
  stream: string,
  columns: Awaited<ReturnType<StreamClient['columnsOf']>>,
  { startedAt }: RunState,
): Promise<Source> {
  if (file !== undefined) return openFile(file, columns)
  const amount = wholeNumber('--generate', generate)
  return generatedSource({
    stream,
    count: amount,
    seed: wholeNumber('--seed', seed),
    until: startedAt,
  })
}

function parseValues(): Values {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    throw new Failure('setting', `${messageOf(error)}`, { hint: 'See --help.' })
  }
}

function rateOf({ rate }: Values): number {
  if (rate === 'max') return Number.POSITIVE_INFINITY
  const parsed = Number(rate)
  if (parsed > 0) return parsed
  throw new Failure('setting', `--rate is "${rate}", and must be a number above 0 or max.`)
}

function wholeNumber(option: string, text: string | undefined): number {
  const parsed = Number(text)
  if (text !== '' && Number.isSafeInteger(parsed) && parsed >= 0) return parsed
  throw new Failure('setting', `${option} is "${text}", and must be a whole number.`)
}

function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

function count(value: number): string {
  return value.toLocaleString('en')
}

main().then(
  code => process.exit(code),
  error => {
    const hint = isFailure(error) && error.hint ? ` ${error.hint}` : ''
    console.error(isFailure(error) ? `${error.message}${hint}` : error)
    process.exit(1)
  },
)
