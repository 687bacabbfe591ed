import { readFile } from 'node:fs/promises'
import type { Clock } from '../backend/base/clock.ts'
import { replaceFile } from '../backend/base/durable-file.ts'
import { isFailure } from '../backend/base/failure.ts'
import { Dirt } from './dirt.ts'
import { Random } from './random.ts'
import { Shop } from './shop.ts'
import type { ShopRecord } from './shop-record.ts'

export interface DemoParts {
  /**
   * Appends records to a stream, durably. Appends of one `producer` are numbered upwards from 1; one whose number was
   * there before changes nothing.
   */
  append(
    stream: string,
    records: readonly ShopRecord[],
    producer: { readonly id: string; readonly sequence: number },
  ): Promise<unknown>
  readonly clock: Clock
  /** Where the plan of the history is kept, so that a start that was interrupted goes on with the same one. */
  readonly planFile: string
}

export interface DemoSettings {
  readonly historyCount: number
  readonly ratePerSecond: number
  /** @param count events of the history that are appended */
  onHistory(count: number): void
}

export const demoStreams = ['events', 'products', 'users'] as const

/** What the history is made from; equal plans make equal events. Times are milliseconds since the epoch. */
interface Plan {
  readonly seed: number
  readonly from: number
  readonly until: number
  readonly count: number
  readonly isDone: boolean
}

const historyMs = 14 * 24 * 3_600_000
const surgeMs = 45 * 60_000
const seed = 20_191_001
const appendCount = 16_384
const dirtShare = 0.0005
const liveEveryMs = 50
const retryEveryMs = 1_000

/** Fills the streams with a made-up shop: two weeks of history once, then events as time goes on, until the signal aborts. */
export async function runDemo(
  parts: DemoParts,
  settings: DemoSettings,
  signal: AbortSignal,
): Promise<void> {
  const plan = await openPlan(parts, settings)
  const shop = new Shop({ seed: plan.seed })
  if (!plan.isDone) {
    await appendHistory(shop, plan, parts, settings, signal)
    if (signal.aborted) return
    await savePlan(parts.planFile, { ...plan, isDone: true })
  }
  const startsAt = plan.isDone ? parts.clock.now() : plan.until
  await goLive(shop, plan, startsAt, parts, settings, signal)
}

async function appendHistory(
  shop: Shop,
  plan: Plan,
  parts: DemoParts,
  settings: DemoSettings,
  signal: AbortSignal,
): Promise<void> {
  const { until, count } = plan
  await appendAll('products', shop.products({ until }), parts, signal)
  await appendAll('users', shop.users({ until }), parts, signal)
  if (count === 0) return
  const { ratePerSecond } = settings
  const surge = { openedAt: until - surgeMs, ratePerSecond }
  const surgeCount = (ratePerSecond * surgeMs) / 2_000
  const hasSurge = ratePerSecond > 0 && surgeCount < count / 2
  const history = shop.history(hasSurge ? { ...plan, surge } : plan)
  const dirt = dirtFor(plan, 'history')
  const soiled = (function* () {
    for (const records of history) yield* dirt.soil(records)
  })()
  await appendAll('events', soiled, parts, signal, settings.onHistory)
}

async function appendAll(
  stream: string,
  records: Iterable<ShopRecord>,
  parts: DemoParts,
  signal: AbortSignal,
  onProgress: (count: number) => void = () => {},
): Promise<void> {
  let count = 0
  let sequence = 0
  for (const chunk of chunksOf(records)) {
    if (signal.aborted) return
    sequence++
    await appendSurely(
      { stream, records: chunk, producer: { id: 'demo', sequence } },
      parts,
      signal,
    )
    count += chunk.length
    onProgress(count)
  }
}

async function goLive(
  shop: Shop,
  plan: Plan,
  startsAt: number,
  parts: DemoParts,
  { ratePerSecond }: DemoSettings,
  signal: AbortSignal,
): Promise<void> {
  if (ratePerSecond <= 0) return
  const { clock } = parts
  const id = `demo from ${startsAt}`
  let sequence = 0
  const live = shop.live({ from: startsAt, ratePerSecond })
  const dirt = dirtFor(plan, `live ${startsAt}`)
  while (!signal.aborted) {
    const records = dirt.soil(live.takeUntil(clock.now()))
    if (records.length > 0) {
      sequence++
      await appendSurely({ stream: 'events', records, producer: { id, sequence } }, parts, signal)
    }
    await clock.sleep(liveEveryMs, signal)
  }
}

interface Append {
  readonly stream: string
  readonly records: readonly ShopRecord[]
  readonly producer: { readonly id: string; readonly sequence: number }
}

/** Tries again what may succeed later, as when the disk was full: the number keeps it from being there twice. */
async function appendSurely(
  { stream, records, producer }: Append,
  { append, clock }: DemoParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await append(stream, records, producer)
      return
    } catch (error) {
      if (!isFailure(error) || !error.retryable) throw error
      await clock.sleep(retryEveryMs, signal)
    }
  }
}

async function openPlan(parts: DemoParts, settings: DemoSettings): Promise<Plan> {
  const text = await readFile(parts.planFile, 'utf8').catch(() => undefined)
  if (text !== undefined) return JSON.parse(text) as Plan
  const until = parts.clock.now()
  const count = settings.historyCount
  const plan = { seed, from: until - historyMs, until, count, isDone: count === 0 }
  await savePlan(parts.planFile, plan)
  return plan
}

function savePlan(file: string, plan: Plan): Promise<void> {
  return replaceFile(file, `${JSON.stringify(plan, null, 2)}\n`)
}

/** A little of what happens to real events, the same for equal plans. */
function dirtFor({ seed }: Plan, purpose: string): Dirt {
  return new Dirt({ random: new Random(`${seed} dirt ${purpose}`), share: dirtShare })
}

function* chunksOf(records: Iterable<ShopRecord>): Generator<ShopRecord[]> {
  let chunk: ShopRecord[] = []
  for (const record of records) {
    chunk.push(record)
    if (chunk.length < appendCount) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
