import { setTimeout as sleep } from 'node:timers/promises'
import type { IngestStatus, StreamStatus } from '../../backend/contract/ingest.ts'
import { Random } from '../../sample-data/random.ts'
import { median } from '../percentiles.ts'
import { profileSettings } from '../profile.ts'
import { request } from './api.ts'
import { exactAgain } from './checks.ts'
import { Ledger } from './ledger.ts'
import { Member, memoryOf, seconds } from './member.ts'
import { produce } from './producer.ts'
import type { Report } from './report.ts'
import { slopeOf } from './slope.ts'
import { Wrong } from './wrong.ts'

export interface SoakOptions {
  readonly folder: string
  readonly profile: string
  readonly minutes: number
  readonly ratePerSecond: number
  /** Before the minutes are. */
  isOver(): boolean
}

interface Sample {
  readonly minutes: number
  readonly megabytes: number
  readonly engineMegabytes: number
  readonly lag: number
}

/** Merges take memory for seconds at a time: the trend below them shows in many samples alone. */
const everyMs = 1_000
const toldEvery = 10
const producerCount = 4
const startMsMax = 60_000
/** Caches fill and the first tiers of compaction are reached. */
const warmUpShare = 1 / 3
const slopeMax = 1
/** A merge of files may take as much on top as the DuckDB of merges may, and half of that again, and gives it back. */
const burstMegabytesMax = 768
/** Lag may be what comes in so long. */
const lagSecondsMax = 2

/** A steady rate for a long time: memory of both processes and lag have to stay where they are. */
export async function soak(options: SoakOptions, report: Report): Promise<void> {
  const { profile, folder, ratePerSecond } = options
  const settings = { ...profileSettings(profile, folder), MILLRACE_DEMO: 'off' }
  const member = await Member.launch('Millrace', settings)
  const ledger = new Ledger()
  const over = new AbortController()
  try {
    await exactAgain(member, ledger, startMsMax)
    const producers = Array.from({ length: producerCount }, (_, n) =>
      produce({
        name: `soak ${n}`,
        ledger,
        random: new Random(`soak ${n}`),
        url: () => member.url,
        ratePerSecond: ratePerSecond / producerCount,
        signal: over.signal,
      }),
    )
    const samples = await watch(member, options, ledger, report)
    over.abort()
    await Promise.all(producers)
    await exactAgain(member, ledger, startMsMax)
    report.say(`ended ${seconds(await member.stop())} s after SIGTERM`)
    judge(samples, options)
  } finally {
    over.abort()
    await member.end()
  }
}

async function watch(
  member: Member,
  { minutes, isOver }: SoakOptions,
  ledger: Ledger,
  report: Report,
): Promise<Sample[]> {
  const startedAt = Date.now()
  const samples: Sample[] = []
  report.say('   events    Millrace      engine         lag')
  while (Date.now() < startedAt + minutes * 60_000 && !isOver()) {
    await sleep(everyMs)
    const { own, engine } = await memoryOf(member)
    const sample = {
      minutes: (Date.now() - startedAt) / 60_000,
      megabytes: own,
      engineMegabytes: engine,
      lag: await lagOf(member),
    }
    samples.push(sample)
    if (samples.length % toldEvery !== 0) continue
    const { megabytes, engineMegabytes, lag } = sample
    const columns = [`${megabytes} MB`, `${engineMegabytes} MB`, lag.toLocaleString('en')]
    const events = ledger.begun.rows.toLocaleString('en').padStart(9)
    report.say([events, ...columns.map(column => column.padStart(11))].join(' '))
  }
  return samples
}

function judge(samples: readonly Sample[], { minutes, ratePerSecond }: SoakOptions): void {
  const warm = samples.filter(sample => sample.minutes >= minutes * warmUpShare)
  const slope = (value: (sample: Sample) => number) =>
    slopeOf(warm.map(sample => [sample.minutes, value(sample)]))
  const [own, engine] = [slope(s => s.megabytes), slope(s => s.engineMegabytes)]
  const most = (value: (sample: Sample) => number) => Math.max(...warm.map(value))
  const lagMax = most(s => s.lag)
  const verdict =
    `after warm-up ${own.toFixed(2)} MB a minute in Millrace, ${engine.toFixed(2)} in its engine; ` +
    `${most(s => s.megabytes)} and ${most(s => s.engineMegabytes)} MB at most, ` +
    `a lag of ${lagMax.toLocaleString('en')} at most`
  const burst = most(s => s.megabytes) - median(warm.map(s => s.megabytes))
  const isFlat =
    own < slopeMax &&
    engine < slopeMax &&
    burst < burstMegabytesMax &&
    lagMax < lagSecondsMax * ratePerSecond
  if (!isFlat) throw new Wrong(verdict)
  console.log(verdict)
}

async function lagOf({ url }: Member): Promise<number> {
  const { streams } = (await (await request(`${url}/api/ingest`)).json()) as IngestStatus
  const events = streams.find(({ stream }: StreamStatus) => stream === 'events')
  if (events?.state !== 'running') throw new Wrong(`Ingest is ${JSON.stringify(events)}.`)
  return events.lag
}
