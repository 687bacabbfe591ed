import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../backend/base/clock.ts'
import type { IngestStatus } from '../backend/contract/ingest.ts'
import { EmbeddedEventLog } from '../backend/events/embedded-event-log.ts'
import type { AppendRecord, EventLog } from '../backend/events/event-log.ts'
import { valueBytesMax } from '../backend/events/split-values.ts'
import { partitionCountOf } from '../backend/events/stream-definition.ts'
import { Random } from '../sample-data/random.ts'
import { Shop } from '../sample-data/shop.ts'
import { auditBooks, type Books } from './hostile/books.ts'
import { hostileDefinition, topic } from './hostile/columns.ts'
import { Digest } from './hostile/digest.ts'
import { mutate } from './hostile/mutations.ts'
import { ingest, measure, openParts } from './ingest.ts'
import { StartedMillrace, withFolder } from './started-millrace.ts'
import { watchMemory } from './watched-memory.ts'

const endless = { ageMsMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY }
const badShare = 0.1
const perRequest = 2_000
const until = Date.UTC(2019, 9, 15)
const historyMs = 14 * 86_400_000

/**
 * Events that are mangled in many ways, half of them as a backlog in the log and half over HTTP: each must be a row with
 * its meaning, or a dead letter with a reason and its bytes. Then events a second with none and with some of them bad.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '1m' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      timed: { type: 'string', default: '500000' },
    },
  })
  const count = Number(values.events.replace(/m$/, '000000').replace(/k$/, '000'))
  console.log(`${count} hostile events, seed ${values.seed}`)
  await withFolder(async folder => {
    await checkOutcomes(join(folder, 'home'), count, values.seed)
    const clean = await throughput(join(folder, 'clean'), Number(values.timed), 0)
    const dirty = await throughput(join(folder, 'dirty'), Number(values.timed), badShare)
    const ratio = (clean / dirty).toFixed(2)
    console.log(`\nwith 10 % bad events ${ratio} of the clean figure, aim more than 0.5`)
  })
}

async function checkOutcomes(home: string, count: number, seed: string): Promise<void> {
  const definition = await hostileDefinition()
  const streams = join(home, 'streams')
  await mkdir(streams, { recursive: true })
  await writeFile(join(streams, `${topic}.json`), JSON.stringify(definition))
  const sent = new Digest()
  const backlog = Math.floor(count / 2)
  const log = await EmbeddedEventLog.open(join(home, 'log'), systemClock)
  await log.ensureTopic(topic, {
    partitionCount: partitionCountOf(definition),
    retention: endless,
  })
  for (const records of hostileEvents(backlog, `${seed} log`, 1)) {
    for (const { value } of records) sent.add(value)
    await log.append(topic, records)
  }
  await log.close()
  const settings = { MILLRACE_HOME: home, MILLRACE_STREAMS: streams, MILLRACE_DEMO: 'off' }
  const millrace = await StartedMillrace.start(settings)
  const memory = watchMemory(millrace.pid)
  for (const records of hostileEvents(count - backlog, `${seed} HTTP`, 1)) {
    const lines = records.map(({ value }) => value).filter(isLine)
    for (const value of lines) sent.add(value)
    await send(millrace.url, lines)
  }
  await committed(millrace.url)
  const peaks = memory.stop()
  await millrace.end()
  print(await auditBooks(home, definition), sent)
  console.log(
    `memory at most: ${peaks.map(({ name, peakMb }) => `${name} ${peakMb} MB`).join(', ')}`,
  )
  const engines = peaks.length - 1
  if (engines !== 1) throw new Error(`the query engine was started ${engines} times`)
}

/** @param share of the events that are mangled, from 0 to 1 */
function* hostileEvents(count: number, seed: string, share: number): Generator<AppendRecord[]> {
  const random = new Random(seed)
  for (const records of new Shop({ seed: 1 }).history({ from: until - historyMs, until, count })) {
    const events = records.map(({ key, value }) =>
      random.unit() < share ? { key: undefined, value: mutate(value, random) } : { key, value },
    )
    for (let at = 0; at < events.length; at += perRequest) yield events.slice(at, at + perRequest)
  }
}

/** Whether a line of NDJSON can hold the value. */
function isLine(value: Buffer): boolean {
  return (
    value.length > 0 && value.length <= valueBytesMax && !/[\r\n]/.test(value.toString('latin1'))
  )
}

async function send(url: string, lines: readonly Buffer[]): Promise<void> {
  const response = await fetch(`${url}/api/streams/${topic}/events?invalid=dead-letter`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Buffer.concat(lines.flatMap(line => [line, Buffer.from('\n')])),
  })
  const answer = (await response.json()) as { accepted?: number; deadLetters?: number }
  if (!response.ok) throw new Error(`an append was answered ${JSON.stringify(answer)}`)
}

/** Resolves when the lake has all that the log has. */
async function committed(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/ingest`)
    const { streams } = (await response.json()) as IngestStatus
    const partitions = streams.flatMap(stream => stream.partitions)
    if (partitions.every(each => each.committedOffset === each.endOffset)) return
    await systemClock.sleep(100)
  }
}

function print(books: Books, sent: Digest): void {
  const reasons = [...books.reasons].sort((a, b) => b[1] - a[1]).map(each => each.join(' '))
  console.log(`${books.offsets} offsets = ${books.rows} rows + ${books.deadLetters} dead letters`)
  console.log(`reasons: ${reasons.join(', ')}`)
  console.log(`${books.unsure} of them in forms that the reference leaves to the decoder`)
  for (const fault of books.faults) console.log(`WRONG ${fault}`)
  if (books.faultCount > 0) throw new Error(`${books.faultCount} events have the wrong outcome`)
  if (String(books.digest) !== String(sent)) {
    throw new Error(`sent were ${sent}, and in the log are ${books.digest}`)
  }
}

/** @returns the seconds that ingest takes from the log to the live store and the lake */
async function throughput(folder: string, count: number, share: number): Promise<number> {
  const parts = await openParts(folder, 'embedded')
  await fill(
    parts.eventLog,
    partitionCountOf(parts.definition),
    hostileEvents(count, 'timed', share),
  )
  const name = share === 0 ? 'ingest clean events' : `ingest with ${share * 100} % bad`
  const { seconds } = await measure(name, count, () => ingest(parts, count))
  await parts.close()
  return seconds
}

async function fill(
  log: EventLog,
  partitionCount: number,
  events: Iterable<AppendRecord[]>,
): Promise<void> {
  await log.ensureTopic(topic, { partitionCount, retention: endless })
  for (const records of events) await log.append(topic, records)
}
